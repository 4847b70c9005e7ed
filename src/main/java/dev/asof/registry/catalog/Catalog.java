package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityName;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import dev.asof.shared.Violation;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything the registry holds at one revision, in memory. */
public final class Catalog implements RegistrySnapshot {

    private final long revision;
    private final Map<DefinitionKind, NavigableMap<String, StoredDefinition>> definitions;
    private final Map<DefinitionKind, Map<String, Integer>> highestVersions;
    private final List<Dependents.Pinned> pinned;
    private final UnreadableVersions unreadable;
    private final Map<SourceName, RegisteredSource> sources = new TreeMap<>();
    private final Map<ViewVersion, RegisteredView> views = new TreeMap<>();
    private final Map<ViewVersion, RegisteredOnDemandView> onDemandViews = new TreeMap<>();
    private final List<RegisteredView> liveViews;
    private final Map<SourceName, List<RegisteredView>> liveViewsBySource;
    private final Map<String, FeatureSelection> readyServices = new HashMap<>();

    /**
     * @param highestVersions the highest version ever given, of deleted definitions too
     * @param pinned versions that other modules depend on; they come and go without a new revision
     * @param unreadable what else there is
     */
    Catalog(
            long revision,
            Collection<StoredDefinition> definitions,
            Map<DefinitionKind, Map<String, Integer>> highestVersions,
            List<Dependents.Pinned> pinned,
            UnreadableVersions unreadable) {
        this.revision = revision;
        this.pinned = List.copyOf(pinned);
        this.unreadable = unreadable;
        this.definitions = byKind(definitions);
        this.highestVersions = highestVersions;
        all(DefinitionKind.SOURCE).values().forEach(this::addSource);
        all(DefinitionKind.FEATURE_VIEW).values().forEach(this::addView);
        all(DefinitionKind.ON_DEMAND_FEATURE_VIEW).values().forEach(this::addOnDemandView);
        all(DefinitionKind.FEATURE_SERVICE).values().forEach(this::addService);
        // ids grow with registration, so this is oldest first
        liveViews = views.values().stream()
                .filter(view -> view.state().isLive())
                .sorted(Comparator.comparingLong(RegisteredView::id))
                .toList();
        liveViewsBySource = liveViews.stream().collect(Collectors.groupingBy(RegisteredView::source));
    }

    private static Map<DefinitionKind, NavigableMap<String, StoredDefinition>> byKind(
            Collection<StoredDefinition> definitions) {
        var byKind = new EnumMap<DefinitionKind, NavigableMap<String, StoredDefinition>>(DefinitionKind.class);
        for (var definition : definitions) {
            byKind.computeIfAbsent(definition.kind(), _ -> new TreeMap<>()).put(definition.name(), definition);
        }
        return byKind;
    }

    private void addSource(StoredDefinition source) {
        source.current().ifPresent(version -> {
            if (version.definition() instanceof SourceDefinition definition) {
                sources.put(definition.name(), new RegisteredSource(version.version(), definition));
            }
        });
    }

    private void addView(StoredDefinition view) {
        for (var version : view.versions().values()) {
            if (version.resolution() instanceof Resolution.View(RegisteredView registered)) {
                views.put(registered.version(), registered);
            }
        }
    }

    private void addOnDemandView(StoredDefinition view) {
        for (var version : view.versions().values()) {
            if (version.resolution() instanceof Resolution.OnDemandView(RegisteredOnDemandView registered)) {
                onDemandViews.put(registered.version(), registered);
            }
        }
    }

    private void addService(StoredDefinition service) {
        service.live().forEach(version -> {
            if (version.resolution() instanceof Resolution.Service(FeatureSelection selection)
                    && StoredVersion.isReady(selection)) {
                readyServices.put(service.name() + "@v" + version.version(), selection);
                if (unreadable.newestReadyService(service.name()).orElse(0) < version.version()) {
                    readyServices.putIfAbsent(service.name(), selection);
                }
            }
        });
    }

    /** Every definition of a kind by name. */
    public NavigableMap<String, StoredDefinition> all(DefinitionKind kind) {
        return Collections.unmodifiableNavigableMap(definitions.getOrDefault(kind, new TreeMap<>()));
    }

    public Optional<StoredDefinition> find(DefinitionKind kind, String name) {
        return Optional.ofNullable(all(kind).get(name));
    }

    /** @throws AsofException NOT_FOUND with near misses, or NEWER_SERVER_NEEDED */
    public StoredDefinition get(DefinitionKind kind, String name) {
        return find(kind, name).orElseThrow(() -> {
            unreadable.requireReadable(kind, name);
            return AsofException.notFound(kind.label(), name, all(kind).keySet());
        });
    }

    /** @throws AsofException NOT_FOUND that names the versions there are, or NEWER_SERVER_NEEDED */
    public StoredVersion get(DefinitionKind kind, String name, int version) {
        unreadable.requireReadable(kind, name, version);
        var definition = get(kind, name);
        var stored = definition.versions().get(version);
        if (stored == null) {
            throw unknownVersion(definition, version);
        }
        return stored;
    }

    private static AsofException unknownVersion(StoredDefinition definition, int version) {
        var existing = definition.versions().keySet().stream()
                .map(number -> definition.name() + "@v" + number)
                .toList();
        var message = "There is no version %s of %s '%s'; its versions are %s"
                .formatted(version, definition.kind().label(), definition.name(), String.join(", ", existing));
        return new AsofException(
                ErrorCode.NOT_FOUND,
                message,
                List.of(Violation.of(null, SelectionBuilder.UNKNOWN_VERSION, message, existing)));
    }

    public int nextVersion(DefinitionKind kind, String name) {
        return highestVersions.getOrDefault(kind, Map.of()).getOrDefault(name, 0) + 1;
    }

    public Optional<EntityDefinition> entity(EntityName name) {
        return find(DefinitionKind.ENTITY, name.value())
                .flatMap(StoredDefinition::current)
                .map(version -> (EntityDefinition) version.definition());
    }

    public Optional<RegisteredSource> findSource(SourceName name) {
        return Optional.ofNullable(sources.get(name));
    }

    /** The versions of a view that are not retired, by number. */
    public SortedMap<Integer, RegisteredView> liveVersions(FeatureViewName name) {
        var live = new TreeMap<Integer, RegisteredView>();
        find(DefinitionKind.FEATURE_VIEW, name.value()).stream()
                .flatMap(StoredDefinition::live)
                .forEach(version -> {
                    if (version.resolution() instanceof Resolution.View(RegisteredView view)) {
                        live.put(version.version(), view);
                    }
                });
        return live;
    }

    /** The versions of an on-demand view that are not retired, by number. */
    public SortedMap<Integer, RegisteredOnDemandView> liveOnDemandVersions(FeatureViewName name) {
        var live = new TreeMap<Integer, RegisteredOnDemandView>();
        find(DefinitionKind.ON_DEMAND_FEATURE_VIEW, name.value()).stream()
                .flatMap(StoredDefinition::live)
                .map(version -> onDemandViews.get(new ViewVersion(name, version.version())))
                .filter(Objects::nonNull)
                .forEach(view -> live.put(view.version().version(), view));
        return live;
    }

    /** Every on-demand view version that is not retired, inputs before what reads them. */
    @Override
    public List<RegisteredOnDemandView> liveOnDemandViews() {
        return onDemandViews.values().stream()
                .filter(view -> view.state().isLive())
                .sorted(Comparator.comparingLong(RegisteredOnDemandView::id))
                .toList();
    }

    @Override
    public RegisteredOnDemandView onDemandView(ViewVersion version) {
        get(DefinitionKind.ON_DEMAND_FEATURE_VIEW, version.view().value(), version.version());
        return Objects.requireNonNull(onDemandViews.get(version));
    }

    /** The version that {@code view:feature} means; empty before any is ready. */
    public Optional<RegisteredOnDemandView> currentOnDemandView(FeatureViewName name) {
        requireReadable(DefinitionKind.ON_DEMAND_FEATURE_VIEW, name, OptionalInt.empty());
        return find(DefinitionKind.ON_DEMAND_FEATURE_VIEW, name.value())
                .flatMap(StoredDefinition::current)
                .map(version -> onDemandView(new ViewVersion(name, version.version())));
    }

    /** Every service version that is not retired. */
    Stream<FeatureSelection> liveServices() {
        return all(DefinitionKind.FEATURE_SERVICE).values().stream()
                .flatMap(StoredDefinition::live)
                .map(StoredVersion::resolution)
                .flatMap(resolution -> resolution instanceof Resolution.Service(FeatureSelection selection)
                        ? Stream.of(selection)
                        : Stream.empty());
    }

    /** What this server leaves to newer ones. */
    public UnreadableVersions unreadable() {
        return unreadable;
    }

    /** What other modules pinned when this was loaded. */
    List<Dependents.Pinned> pinned() {
        return pinned;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public RegisteredSource source(SourceName name) {
        return findSource(name).orElseThrow(() -> {
            unreadable.requireReadable(DefinitionKind.SOURCE, name.value());
            return AsofException.notFound(
                    DefinitionKind.SOURCE.label(),
                    name.value(),
                    all(DefinitionKind.SOURCE).keySet());
        });
    }

    @Override
    public List<RegisteredSource> sources() {
        return List.copyOf(sources.values());
    }

    @Override
    public List<RegisteredView> liveViews(SourceName source) {
        return liveViewsBySource.getOrDefault(source, List.of());
    }

    @Override
    public List<RegisteredView> liveViews() {
        return liveViews;
    }

    @Override
    public boolean canTake(SourceName source) {
        return unreadable.computedFrom(source).isEmpty();
    }

    @Override
    public void requireTakes(SourceName source) {
        unreadable.requireComputable(source);
    }

    @Override
    public boolean canCompute(ViewVersion version) {
        var view = views.get(version);
        return view != null
                ? canTake(view.source())
                : unreadable
                        .of(DefinitionKind.FEATURE_VIEW, version.view().value())
                        .noneMatch(it -> it.version() == version.version());
    }

    @Override
    public boolean isWhole() {
        return unreadable.live().isEmpty();
    }

    @Override
    public RegisteredView view(ViewVersion version) {
        var view = views.get(version);
        if (view == null) {
            unreadable.requireReadable(
                    DefinitionKind.FEATURE_VIEW, version.view().value(), version.version());
            throw unknownVersion(get(DefinitionKind.FEATURE_VIEW, version.view().value()), version.version());
        }
        return view;
    }

    @Override
    public Optional<RegisteredView> currentView(FeatureViewName name) {
        requireReadable(DefinitionKind.FEATURE_VIEW, name, OptionalInt.empty());
        return find(DefinitionKind.FEATURE_VIEW, name.value())
                .flatMap(StoredDefinition::current)
                .map(version -> view(new ViewVersion(name, version.version())));
    }

    /** @throws AsofException NEWER_SERVER_NEEDED when this server can't read a version of a view, or its current one */
    void requireReadable(FeatureViewName view, OptionalInt version) {
        requireReadable(DefinitionKind.FEATURE_VIEW, view, version);
        requireReadable(DefinitionKind.ON_DEMAND_FEATURE_VIEW, view, version);
    }

    private void requireReadable(DefinitionKind kind, FeatureViewName view, OptionalInt version) {
        unreadable.requireReadable(
                kind, view.value(), version, find(kind, view.value()).map(StoredDefinition::currentVersion));
    }

    @Override
    public FeatureSelection service(String reference) {
        var ready = readyServices.get(reference);
        if (ready != null) {
            return ready;
        }
        throw notReady(serviceVersion(reference));
    }

    /**
     * The version a reference names whether or not it is ready; for a bare name the newest ready one, else the newest.
     *
     * @throws AsofException NOT_FOUND with near misses
     */
    public StoredVersion serviceVersion(String reference) {
        var parsed = Selections.serviceReference(reference)
                .orElseThrow(() -> AsofException.notFound(
                        DefinitionKind.FEATURE_SERVICE.label(),
                        reference,
                        all(DefinitionKind.FEATURE_SERVICE).keySet()));
        if (parsed.version().isEmpty()) {
            unreadable.newestReadyService(parsed.service()).ifPresent(newest -> {
                if (!readyServices.containsKey(parsed.service())) {
                    unreadable.requireReadable(DefinitionKind.FEATURE_SERVICE, parsed.service(), newest);
                }
            });
        }
        var service = get(DefinitionKind.FEATURE_SERVICE, parsed.service());
        if (parsed.version().isPresent()) {
            return get(
                    DefinitionKind.FEATURE_SERVICE,
                    parsed.service(),
                    parsed.version().getAsInt());
        }
        return service.current().orElseGet(service::newest);
    }

    private static AsofException notReady(StoredVersion version) {
        if (!(version.resolution() instanceof Resolution.Service(FeatureSelection selection))) {
            throw new IllegalStateException("Not a feature service: " + version.definition());
        }
        var name =
                new ServiceVersion(new FeatureServiceName(version.definition().id()), version.version());
        if (version.state() == VersionState.RETIRED) {
            return new AsofException(ErrorCode.NOT_FOUND, name + " is retired; ask for another version");
        }
        var waiting = selection.views().stream()
                .filter(view -> view.view().state() != VersionState.READY)
                .map(view -> view.view().version().toString())
                .distinct()
                .toList();
        var violations = waiting.stream()
                .map(view -> Violation.of(
                        null, SelectionBuilder.NOT_READY, view + " is a candidate: its backfill is not done"))
                .toList();
        return new AsofException(
                ErrorCode.NOT_READY,
                "%s is not ready: it waits for the backfill of %s".formatted(name, String.join(", ", waiting)),
                violations);
    }

    /** What references mean that a request lists. */
    public ViewVersions currentVersions() {
        return new ListedFeatures.CurrentViews(this);
    }

    @Override
    public FeatureSelection features(List<String> references) {
        return ListedFeatures.of(this, references);
    }
}
