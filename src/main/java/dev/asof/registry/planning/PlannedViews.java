package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.ViewVersions;
import dev.asof.shared.FeatureViewName;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The view versions there are once a bundle is applied. Here the bare name means the version that is current when the
 * backfills under way are done: the same answer while they run and after, so that applying a bundle twice changes
 * nothing the second time.
 */
final class PlannedViews implements ViewVersions {

    private final Catalog catalog;
    private final Map<FeatureViewName, RegisteredView> added = new HashMap<>();
    private final Map<FeatureViewName, RegisteredOnDemandView> addedOnDemand = new HashMap<>();
    private final Set<FeatureViewName> broken = new HashSet<>();

    PlannedViews(Catalog catalog) {
        this.catalog = catalog;
    }

    void add(RegisteredView view) {
        added.put(view.version().view(), view);
    }

    void add(RegisteredOnDemandView view) {
        addedOnDemand.put(view.version().view(), view);
    }

    /** The bundle's view of this name has problems, so what refers to it is not itself wrong. */
    void broken(FeatureViewName view) {
        broken.add(view);
    }

    boolean isBroken(FeatureViewName view) {
        return broken.contains(view);
    }

    @Override
    public Collection<String> names() {
        var names = new TreeSet<>(catalog.all(DefinitionKind.FEATURE_VIEW).keySet());
        names.addAll(catalog.all(DefinitionKind.ON_DEMAND_FEATURE_VIEW).keySet());
        added.keySet().forEach(name -> names.add(name.value()));
        addedOnDemand.keySet().forEach(name -> names.add(name.value()));
        return names;
    }

    @Override
    public SortedMap<Integer, RegisteredView> live(FeatureViewName view) {
        var live = new TreeMap<>(catalog.liveVersions(view));
        var planned = added.get(view);
        if (planned != null) {
            live.put(planned.version().version(), planned);
        }
        return live;
    }

    @Override
    public SortedMap<Integer, RegisteredOnDemandView> liveOnDemand(FeatureViewName view) {
        var live = new TreeMap<>(catalog.liveOnDemandVersions(view));
        var planned = addedOnDemand.get(view);
        if (planned != null) {
            live.put(planned.version().version(), planned);
        }
        return live;
    }

    @Override
    public Optional<RegisteredOnDemandView> bareOnDemand(FeatureViewName view) {
        var current = catalog.currentOnDemandView(view);
        int from = current.map(version -> version.version().version()).orElse(0);
        var newestFirst = liveOnDemand(view).reversed().values();
        return newestFirst.stream()
                .filter(version -> version.version().version() > from)
                .filter(version -> version.state() == VersionState.CANDIDATE && !version.breaking())
                .findFirst()
                .or(() -> current)
                .or(() -> newestFirst.stream().findFirst());
    }

    @Override
    public Optional<RegisteredView> bare(FeatureViewName view) {
        var current = catalog.currentView(view);
        int from = current.map(version -> version.version().version()).orElse(0);
        var newestFirst = live(view).reversed().values();
        return newestFirst.stream()
                .filter(version -> version.version().version() > from)
                .filter(version -> version.state() == VersionState.CANDIDATE && !version.breaking())
                .findFirst()
                .or(() -> current)
                .or(() -> newestFirst.stream().findFirst());
    }
}
