package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.StoredFormatReader.UnreadableException;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Names;
import dev.asof.shared.Shown;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Makes a catalog of the registry's rows, as far as this server understands them: one that it doesn't is kept apart,
 * and what depends on it.
 */
public final class CatalogAssembly {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogAssembly.class);

    private static final int LONGEST_REASON = 500;

    /**
     * A version as stored.
     *
     * @param existing whether its definition was not deleted since
     */
    public record Row(
            long id,
            String kind,
            String name,
            int version,
            String state,
            String hash,
            boolean breaking,
            int format,
            Json spec,
            Json resolved,
            Instant createdAt,
            boolean existing,
            @Nullable Integer currentVersion) {}

    /**
     * What was made of a row, for the next time.
     *
     * @param computable whether its expressions were compiled; columns that its source gets later change nothing of it
     * @param onDemand of an on-demand view its features with their programs, which its pinned inputs never change
     */
    public record Parsed(int format, Json spec, Definition definition, boolean computable, List<Feature> onDemand) {}

    private final Map<Long, Parsed> known;
    private final Map<Long, Parsed> parsed = new HashMap<>();
    private final Map<String, StoredDefinition> definitions = new TreeMap<>();
    private final Map<DefinitionKind, Map<String, Integer>> highest = new EnumMap<>(DefinitionKind.class);
    private final Map<SourceName, SourceDefinition> sources = new HashMap<>();
    private final Map<ViewVersion, RegisteredView> views = new HashMap<>();
    private final Map<ViewVersion, RegisteredOnDemandView> onDemandViews = new HashMap<>();
    private final Map<ViewVersion, String> viewStates = new HashMap<>();
    private final List<UnreadableVersion> unreadable = new ArrayList<>();

    /** @param known what an earlier assembly parsed, by the ids of versions */
    public CatalogAssembly(Map<Long, Parsed> known) {
        this.known = known;
    }

    public Map<Long, Parsed> parsed() {
        return Map.copyOf(parsed);
    }

    /** @param pinned versions that other modules depend on */
    public Catalog assemble(long revision, List<Row> rows, List<Dependents.Pinned> pinned) {
        rows.stream()
                .sorted(Comparator.comparingInt(
                        row -> DefinitionKind.of(row.kind()).map(Enum::ordinal).orElse(Integer.MAX_VALUE)))
                .forEach(this::add);
        return new Catalog(revision, withServicesCurrent(), highest, pinned, new UnreadableVersions(unreadable));
    }

    private void add(Row row) {
        DefinitionKind.of(row.kind())
                .ifPresent(kind -> highest.computeIfAbsent(kind, _ -> new HashMap<>())
                        .merge(row.name(), row.version(), Math::max));
        if (row.kind().equals(DefinitionKind.FEATURE_VIEW.yamlName())) {
            viewStates.put(new ViewVersion(new FeatureViewName(row.name()), row.version()), row.state());
        }
        try {
            addReadable(row);
        } catch (UnreadableException e) {
            addUnreadable(row, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // whatever a newer server wrote, this one goes on with the rest
            LOG.debug("{} {}@v{} is not understood", row.kind(), row.name(), row.version(), e);
            addUnreadable(row, "it is not understood here");
        }
    }

    private void addReadable(Row row) {
        var kind = DefinitionKind.of(row.kind())
                .orElseThrow(() -> new UnreadableException("definitions of this kind are not known here"));
        var state = state(row).orElseThrow(() -> new UnreadableException("it is " + row.state()));
        var before = Optional.ofNullable(known.get(row.id()))
                .filter(it -> it.format() == row.format() && it.spec().equals(row.spec()));
        var definition = before.map(Parsed::definition)
                .orElseGet(() -> StoredFormatReader.read(row.format(), kind, row.name(), row.spec()));
        var stored = new StoredVersion(
                row.id(),
                row.version(),
                state,
                row.hash(),
                row.breaking(),
                definition,
                row.createdAt(),
                resolution(row, state, definition, before.map(Parsed::onDemand).orElse(List.of())));
        boolean computable = before.filter(Parsed::computable).isPresent();
        if (row.existing() && stored.resolution() instanceof Resolution.View(RegisteredView view)) {
            computable = computable || requireComputable(view);
            views.put(view.version(), view);
        }
        var features = List.<Feature>of();
        if (stored.resolution() instanceof Resolution.OnDemandView(RegisteredOnDemandView view)) {
            features = view.features();
            if (row.existing()) {
                onDemandViews.put(view.version(), view);
            }
        }
        parsed.put(row.id(), new Parsed(row.format(), row.spec(), definition, computable, features));
        if (row.existing()) {
            definitions.merge(row.kind() + "/" + row.name(), alone(row, kind, stored), CatalogAssembly::joined);
            if (definition instanceof SourceDefinition source && isCurrent(row)) {
                sources.put(source.name(), source);
            }
        }
    }

    /** False when that needn't be known, or can't be as the source itself isn't understood. */
    private boolean requireComputable(RegisteredView view) {
        var source = sources.get(view.source());
        if (source == null || !view.state().isLive()) {
            return false;
        }
        Computability.require(view, source);
        return true;
    }

    private void addUnreadable(Row row, String why) {
        if (!row.existing()) {
            return;
        }
        boolean versioned = !row.kind().equals(DefinitionKind.ENTITY.yamlName())
                && !row.kind().equals(DefinitionKind.SOURCE.yamlName());
        boolean retired = state(row).filter(state -> !state.isLive()).isPresent();
        unreadable.add(new UnreadableVersion(
                row.kind(),
                row.name(),
                row.version(),
                !retired && (versioned || isCurrent(row)),
                arePinsReady(row),
                source(row),
                Shown.cut(why, LONGEST_REASON)));
    }

    private static Optional<SourceName> source(Row row) {
        try {
            return StoredFormat.JSON
                    .readTree(row.spec().text())
                    .path("source")
                    .asStringOpt()
                    .filter(Names::isValid)
                    .map(SourceName::new);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Taken to be ready where that can't be told, so that nobody is answered by an older version. */
    private boolean arePinsReady(Row row) {
        try {
            return StoredMeaning.pins(row.resolved()).stream()
                    .allMatch(pin -> VersionState.READY.name().equalsIgnoreCase(viewStates.get(pin)));
        } catch (RuntimeException e) {
            return true;
        }
    }

    private static Optional<VersionState> state(Row row) {
        return Stream.of(VersionState.values())
                .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(row.state()))
                .findFirst();
    }

    private static boolean isCurrent(Row row) {
        return row.currentVersion() != null && row.currentVersion() == row.version();
    }

    private Resolution resolution(Row row, VersionState state, Definition definition, List<Feature> compiled) {
        return switch (definition) {
            case EntityDefinition _, SourceDefinition _ -> new Resolution.Literal();
            case FeatureViewDefinition view -> new Resolution.View(registeredView(row, state, view));
            case OnDemandViewDefinition view ->
                new Resolution.OnDemandView(RegisteredOnDemandViews.of(
                        view, row.resolved(), facts(row, state), compiled, this::pinned, this::pinnedOnDemand));
            case FeatureServiceDefinition service ->
                new Resolution.Service(StoredMeaning.readService(
                        row.resolved(),
                        new ServiceVersion(new FeatureServiceName(row.name()), row.version()),
                        service.training(),
                        this::pinned,
                        this::pinnedOnDemand));
        };
    }

    private RegisteredView pinned(ViewVersion version) {
        return pinned(views, DefinitionKind.FEATURE_VIEW, version);
    }

    private RegisteredOnDemandView pinnedOnDemand(ViewVersion version) {
        return pinned(onDemandViews, DefinitionKind.ON_DEMAND_FEATURE_VIEW, version);
    }

    private <V> V pinned(Map<ViewVersion, V> known, DefinitionKind kind, ViewVersion version) {
        var view = known.get(version);
        if (view == null) {
            throw new UnreadableException(unreadable.stream()
                    .filter(it -> it.is(kind, version.view().value()) && it.version() == version.version())
                    .map(it -> "it reads %s, and %s".formatted(version, it.why()))
                    .findFirst()
                    .orElse("it reads %s, which is gone".formatted(version)));
        }
        return view;
    }

    private static RegisteredView registeredView(Row row, VersionState state, FeatureViewDefinition definition) {
        return RegisteredViews.of(definition, row.resolved(), facts(row, state));
    }

    private static RegisteredViews.Facts facts(Row row, VersionState state) {
        return new RegisteredViews.Facts(row.id(), row.version(), state, row.hash(), row.breaking(), row.createdAt());
    }

    private static StoredDefinition alone(Row row, DefinitionKind kind, StoredVersion stored) {
        Integer current = row.currentVersion();
        return new StoredDefinition(
                kind,
                row.name(),
                current == null ? OptionalInt.empty() : OptionalInt.of(current),
                new TreeMap<>(Map.of(stored.version(), stored)));
    }

    private static StoredDefinition joined(StoredDefinition one, StoredDefinition other) {
        NavigableMap<Integer, StoredVersion> versions = new TreeMap<>(one.versions());
        versions.putAll(other.versions());
        return new StoredDefinition(one.kind(), one.name(), one.currentVersion(), versions);
    }

    private List<StoredDefinition> withServicesCurrent() {
        return definitions.values().stream()
                .map(definition -> definition.kind() == DefinitionKind.FEATURE_SERVICE
                        ? new StoredDefinition(
                                definition.kind(), definition.name(), newestReady(definition), definition.versions())
                        : definition)
                .toList();
    }

    private static OptionalInt newestReady(StoredDefinition service) {
        return service.live()
                .filter(version -> version.shownState() == VersionState.READY)
                .mapToInt(StoredVersion::version)
                .findFirst();
    }
}
