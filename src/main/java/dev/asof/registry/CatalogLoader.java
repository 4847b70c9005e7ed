package dev.asof.registry;

import dev.asof.registry.StoredVersion.Resolution;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ViewVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads the whole registry from Postgres. */
@Component
class CatalogLoader {

    /** One statement, so that it sees one moment whatever the transaction's isolation. */
    private static final String EVERYTHING = """
            select r.revision, d.id is not null as existing, d.current_version,
                   v.id, v.kind, v.name, v.version, v.state, v.hash, v.breaking, v.spec, v.resolved, v.created_at
            from asof.registry_revision r
            left join asof.definition_version v on true
            left join asof.definition d on d.kind = v.kind and d.name = v.name
            order by v.id
            """;

    private static final String PINS = "select kind, name, version, dependent from asof.definition_pin order by dependent";

    private static final String REVISION = "select revision from asof.registry_revision";

    private record Row(long revision, boolean existing, @Nullable Integer currentVersion, @Nullable Version version) {}

    private record Version(
            long id,
            DefinitionKind kind,
            String name,
            int version,
            VersionState state,
            String hash,
            boolean breaking,
            Json spec,
            Json resolved,
            Instant createdAt) {}

    private record Parsed(Json spec, Definition definition) {}

    private final JdbcClient jdbc;
    private volatile Map<Long, Parsed> parsed = Map.of();

    CatalogLoader(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    long revision() {
        return jdbc.sql(REVISION).query(Long.class).single();
    }

    Catalog load() {
        List<Row> rows = jdbc.sql(EVERYTHING).query((result, _) -> read(result)).list();
        var known = parsed;
        var next = new HashMap<Long, Parsed>();
        var definitions = new TreeMap<String, StoredDefinition>();
        var highest = new EnumMap<DefinitionKind, Map<String, Integer>>(DefinitionKind.class);
        var views = new HashMap<ViewVersion, RegisteredView>();
        for (var row : byDependence(rows)) {
            var version = row.version();
            if (version == null) {
                continue;
            }
            highest.computeIfAbsent(version.kind(), _ -> new HashMap<>())
                    .merge(version.name(), version.version(), Math::max);
            var definition = parse(version, known);
            next.put(version.id(), new Parsed(version.spec(), definition));
            var stored = stored(version, definition, views);
            if (row.existing()) {
                definitions.merge(
                        version.kind() + "/" + version.name(),
                        alone(row, version, stored),
                        CatalogLoader::joined);
            }
        }
        parsed = Map.copyOf(next);
        return new Catalog(
                rows.getFirst().revision(), withServicesCurrent(definitions.values()), highest, pinned());
    }

    private List<Dependents.Pinned> pinned() {
        return jdbc.sql(PINS)
                .query((result, _) -> new Dependents.Pinned(
                        DefinitionKind.valueOf(result.getString("kind").toUpperCase(Locale.ROOT)),
                        result.getString("name"),
                        result.getInt("version"),
                        result.getString("dependent")))
                .list();
    }

    private static List<Row> byDependence(List<Row> rows) {
        return rows.stream()
                .sorted(Comparator.comparing(
                        row -> row.version() == null ? DefinitionKind.ENTITY : row.version().kind()))
                .toList();
    }

    private static Definition parse(Version version, Map<Long, Parsed> known) {
        var before = known.get(version.id());
        return before != null && before.spec().equals(version.spec())
                ? before.definition()
                : StoredMeaning.definitionOf(version.kind(), version.name(), version.spec());
    }

    private static StoredVersion stored(
            Version version, Definition definition, Map<ViewVersion, RegisteredView> views) {
        return new StoredVersion(
                version.id(),
                version.version(),
                version.state(),
                version.hash(),
                version.breaking(),
                definition,
                version.createdAt(),
                resolution(version, definition, views));
    }

    private static Resolution resolution(
            Version version, Definition definition, Map<ViewVersion, RegisteredView> views) {
        return switch (definition) {
            case EntityDefinition _, SourceDefinition _ -> new Resolution.Literal();
            case FeatureViewDefinition view -> {
                var registered = registeredView(version, view);
                views.put(registered.version(), registered);
                yield new Resolution.View(registered);
            }
            case FeatureServiceDefinition service ->
                new Resolution.Service(StoredMeaning.readService(
                        version.resolved(),
                        new ServiceVersion(new FeatureServiceName(version.name()), version.version()),
                        service.training(),
                        views));
        };
    }

    private static RegisteredView registeredView(Version version, FeatureViewDefinition definition) {
        var resolved = StoredMeaning.readView(version.resolved());
        return new RegisteredView(
                version.id(),
                new ViewVersion(new FeatureViewName(version.name()), version.version()),
                version.state(),
                version.hash(),
                StoredMeaning.evaluatorOf(resolved),
                version.breaking(),
                definition.source(),
                StoredMeaning.keysOf(resolved),
                StoredMeaning.featuresOf(resolved, definition),
                definition.ttl(),
                definition,
                version.createdAt());
    }

    private static StoredDefinition alone(Row row, Version version, StoredVersion stored) {
        Integer current = row.currentVersion();
        return new StoredDefinition(
                version.kind(),
                version.name(),
                current == null ? OptionalInt.empty() : OptionalInt.of(current),
                new TreeMap<>(Map.of(stored.version(), stored)));
    }

    private static StoredDefinition joined(StoredDefinition one, StoredDefinition other) {
        NavigableMap<Integer, StoredVersion> versions = new TreeMap<>(one.versions());
        versions.putAll(other.versions());
        return new StoredDefinition(one.kind(), one.name(), one.currentVersion(), versions);
    }

    private static List<StoredDefinition> withServicesCurrent(Iterable<StoredDefinition> definitions) {
        var result = new ArrayList<StoredDefinition>();
        for (var definition : definitions) {
            if (definition.kind() != DefinitionKind.FEATURE_SERVICE) {
                result.add(definition);
                continue;
            }
            var current = definition
                    .live()
                    .filter(version -> version.shownState() == VersionState.READY)
                    .mapToInt(StoredVersion::version)
                    .findFirst();
            result.add(new StoredDefinition(definition.kind(), definition.name(), current, definition.versions()));
        }
        return result;
    }

    private static Row read(ResultSet result) throws SQLException {
        String kind = result.getString("kind");
        var version = kind == null
                ? null
                : new Version(
                        result.getLong("id"),
                        DefinitionKind.valueOf(kind.toUpperCase(Locale.ROOT)),
                        result.getString("name"),
                        result.getInt("version"),
                        VersionState.valueOf(result.getString("state").toUpperCase(Locale.ROOT)),
                        result.getString("hash"),
                        result.getBoolean("breaking"),
                        new Json(result.getString("spec")),
                        new Json(result.getString("resolved")),
                        result.getObject("created_at", OffsetDateTime.class).toInstant());
        return new Row(
                result.getLong("revision"),
                result.getBoolean("existing"),
                result.getObject("current_version", Integer.class),
                version);
    }
}
