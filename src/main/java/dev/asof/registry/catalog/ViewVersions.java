package dev.asof.registry.catalog;

import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureViewName;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;

/** The view versions that references may mean: a name is a feature view's or an on-demand one's. */
public interface ViewVersions {

    /** Every view's name, of both kinds, for near misses. */
    Collection<String> names();

    /** The versions that are not retired by number; empty when there is no such feature view. */
    SortedMap<Integer, RegisteredView> live(FeatureViewName view);

    /** What the bare name means; empty when it means none. */
    Optional<RegisteredView> bare(FeatureViewName view);

    /** As {@link #live}, of on-demand feature views. */
    SortedMap<Integer, RegisteredOnDemandView> liveOnDemand(FeatureViewName view);

    /** As {@link #bare}, of on-demand feature views. */
    Optional<RegisteredOnDemandView> bareOnDemand(FeatureViewName view);
}
