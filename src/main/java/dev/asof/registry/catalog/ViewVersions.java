package dev.asof.registry.catalog;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureViewName;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;

/** The view versions that references may mean. */
public interface ViewVersions {

    /** Every view's name, for near misses. */
    Collection<String> names();

    /** The versions that are not retired by number; empty when there is no such view. */
    SortedMap<Integer, RegisteredView> live(FeatureViewName view);

    /** What the bare name means; empty when it means none. */
    Optional<RegisteredView> bare(FeatureViewName view);
}
