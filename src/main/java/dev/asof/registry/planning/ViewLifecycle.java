package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistryEvents;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.CatalogCache;
import dev.asof.registry.catalog.CatalogLoader;
import dev.asof.registry.catalog.DefinitionRepository;
import dev.asof.registry.catalog.DefinitionVersionRepository;
import dev.asof.registry.catalog.Dependents;
import dev.asof.registry.catalog.RegistryLocks;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ViewVersion;
import dev.asof.shared.Violation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Rule V3: how versions become ready, current and retired, in the current transaction. */
@Component
class ViewLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(ViewLifecycle.class);

    private static final DefinitionKind ON_DEMAND = DefinitionKind.ON_DEMAND_FEATURE_VIEW;

    private final DefinitionRepository definitions;
    private final DefinitionVersionRepository versions;
    private final CatalogLoader loader;
    private final CatalogCache cache;
    private final RegistryLocks locks;
    private final ApplicationEventPublisher events;

    ViewLifecycle(
            DefinitionRepository definitions,
            DefinitionVersionRepository versions,
            CatalogLoader loader,
            CatalogCache cache,
            RegistryLocks locks,
            ApplicationEventPublisher events) {
        this.definitions = definitions;
        this.versions = versions;
        this.loader = loader;
        this.cache = cache;
        this.locks = locks;
        this.events = events;
    }

    void markReady(ViewVersion version) {
        locks.lockRevision();
        var catalog = loader.load();
        var view = catalog.view(version);
        if (view.state() != VersionState.CANDIDATE) {
            return;
        }
        changing();
        setState(DefinitionKind.FEATURE_VIEW, version.view().value(), version.version(), VersionState.READY);
        if (takesOver(view, catalog.currentView(version.view()))) {
            makeCurrentIfUnused(view.in(VersionState.READY));
        }
        catalog.liveOnDemandViews().stream()
                .filter(reader -> reader.state() == VersionState.CANDIDATE && isReadyWith(reader, version))
                .forEach(reader -> markReady(
                        reader, catalog.currentOnDemandView(reader.version().view())));
    }

    /**
     * Marks the on-demand versions ready whose inputs are. A view without rows to backfill is ready as soon as it is
     * registered, before the on-demand views of the same bundle are there to be told.
     */
    void settleOnDemandViews() {
        var catalog = loader.load();
        catalog.liveOnDemandViews().stream()
                .filter(reader -> reader.state() == VersionState.CANDIDATE && reader.areInputsReady())
                .forEach(reader -> markReady(
                        reader, catalog.currentOnDemandView(reader.version().view())));
    }

    private static boolean isReadyWith(RegisteredOnDemandView reader, ViewVersion ready) {
        return reader.views().stream()
                .allMatch(view ->
                        view.state() == VersionState.READY || view.version().equals(ready));
    }

    private void markReady(RegisteredOnDemandView view, Optional<RegisteredOnDemandView> current) {
        var version = view.version();
        setState(ON_DEMAND, version.view().value(), version.version(), VersionState.READY);
        boolean takesOver = current.map(before -> version.compareTo(before.version()) > 0
                        && !(OnDemandCompatibility.compare(before, view) instanceof Change.Breaking))
                .orElse(true);
        if (!view.breaking() && takesOver) {
            setCurrent(ON_DEMAND, version);
        }
    }

    /** What keeps it from taking over must not keep it from being ready: it can be promoted later. */
    private void makeCurrentIfUnused(RegisteredView view) {
        try {
            makeCurrent(view);
        } catch (AsofException e) {
            if (e.code() != ErrorCode.IN_USE) {
                throw e;
            }
            LOG.warn("{} is ready but not current: {}: {}", view.version(), e.getMessage(), e.violations());
        }
    }

    /**
     * The current version may have been promoted after this one was registered, so what counts is whether this one
     * breaks that one's readers.
     */
    private static boolean takesOver(RegisteredView view, Optional<RegisteredView> current) {
        if (view.breaking() || current.isEmpty()) {
            return !view.breaking();
        }
        var resolved = new ResolvedView(view.keys(), view.features(), Set.of(), view.rowId(), List.of());
        return view.version().compareTo(current.get().version()) > 0
                && !(Compatibility.compare(current.get(), view.definition(), resolved, view.evaluator())
                        instanceof Change.Breaking);
    }

    void promote(ViewVersion version) {
        locks.lockRevision();
        var catalog = loader.load();
        var view = catalog.view(version);
        switch (view.state()) {
            case CANDIDATE ->
                throw new AsofException(
                        ErrorCode.NOT_READY, version + " is a candidate: promote it when its backfill is done");
            case RETIRED ->
                throw new AsofException(
                        ErrorCode.CONFLICT, version + " is retired; apply its definition again to get a new version");
            case READY -> {
                if (!catalog.currentView(version.view()).equals(Optional.of(view))) {
                    changing();
                    makeCurrent(view);
                }
            }
        }
    }

    void promoteOnDemand(ViewVersion version) {
        locks.lockRevision();
        var catalog = loader.load();
        switch (catalog.onDemandView(version).state()) {
            case CANDIDATE ->
                throw new AsofException(
                        ErrorCode.NOT_READY, version + " is a candidate: promote it when what it reads is ready");
            case RETIRED ->
                throw new AsofException(
                        ErrorCode.CONFLICT, version + " is retired; apply its definition again to get a new version");
            case READY -> {
                if (!isCurrent(catalog.currentOnDemandView(version.view()), version)) {
                    changing();
                    setCurrent(ON_DEMAND, version);
                }
            }
        }
    }

    private static boolean isCurrent(Optional<RegisteredOnDemandView> current, ViewVersion version) {
        return current.filter(view -> view.version().equals(version)).isPresent();
    }

    void retireOnDemand(ViewVersion version) {
        locks.lockRevision();
        var catalog = loader.load();
        if (!catalog.onDemandView(version).state().isLive()) {
            return;
        }
        if (isCurrent(catalog.currentOnDemandView(version.view()), version)) {
            throw new AsofException(
                    ErrorCode.IN_USE,
                    "%s is current; promote another version first, or delete the on-demand feature view"
                            .formatted(version));
        }
        catalog.unreadable().requireAllReadable("Retiring " + version);
        refuseIfPinned(version.toString(), Dependents.of(catalog, ON_DEMAND, version));
        changing();
        setState(ON_DEMAND, version.view().value(), version.version(), VersionState.RETIRED);
    }

    /** The view's source is locked. */
    void retire(ViewVersion version) {
        var catalog = loader.load();
        var view = catalog.view(version);
        if (!view.state().isLive()) {
            return;
        }
        if (catalog.currentView(version.view()).equals(Optional.of(view))) {
            throw new AsofException(
                    ErrorCode.IN_USE,
                    "%s is current; promote another version first, or delete the feature view".formatted(version));
        }
        catalog.unreadable().requireAllReadable("Retiring " + version);
        refuseIfPinned(version.toString(), Dependents.of(catalog, DefinitionKind.FEATURE_VIEW, version));
        changing();
        setState(DefinitionKind.FEATURE_VIEW, version.view().value(), version.version(), VersionState.RETIRED);
        events.publishEvent(new RegistryEvents.ViewVersionRetired(view.in(VersionState.RETIRED)));
    }

    private static void refuseIfPinned(String version, List<String> dependents) {
        if (!dependents.isEmpty()) {
            throw new AsofException(
                    ErrorCode.IN_USE,
                    "%s is pinned by %s; retire or delete that first".formatted(version, String.join(", ", dependents)),
                    dependents.stream()
                            .map(name -> Violation.of(null, PlanDraft.IN_USE, name + " pins " + version))
                            .toList());
        }
    }

    void retire(ServiceVersion version) {
        locks.lockRevision();
        var catalog = loader.load();
        refuseIfPinned(version.toString(), Dependents.of(catalog, version));
        var stored =
                catalog.get(DefinitionKind.FEATURE_SERVICE, version.service().value(), version.version());
        if (stored.state().isLive()) {
            changing();
            setState(
                    DefinitionKind.FEATURE_SERVICE, version.service().value(), version.version(), VersionState.RETIRED);
        }
    }

    private void changing() {
        locks.bumpRevision();
        cache.refreshAfterCommit();
    }

    private void setState(DefinitionKind kind, String name, int version, VersionState state) {
        var row = versions.findByKindAndNameAndVersion(kind, name, version).orElseThrow();
        versions.save(row.withState(state));
    }

    private void makeCurrent(RegisteredView view) {
        var name = view.version().view();
        events.publishEvent(new RegistryEvents.CurrentViewChanged(name, Optional.of(view)));
        setCurrent(DefinitionKind.FEATURE_VIEW, view.version());
    }

    private void setCurrent(DefinitionKind kind, ViewVersion version) {
        var row = definitions.findByKindAndName(kind, version.view().value()).orElseThrow();
        definitions.save(row.withCurrent(version.version()));
    }
}
