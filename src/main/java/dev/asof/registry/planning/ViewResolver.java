package dev.asof.registry.planning;

import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.FeatureViewDefinition.ViewEntity;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.shared.EntityName;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Names;
import dev.asof.shared.Shown;
import dev.asof.shared.SourceName;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueType;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Checks a feature view against the entities and the source it names, and infers its features' types. */
public final class ViewResolver {

    /** The longest identifier Postgres keeps whole, in bytes. */
    public static final int MAX_IDENTIFIER = 63;

    /** A key's value is read and written as a whole (rule W8). */
    private static final int MOST_WINDOWS = 50;

    private static final int MOST_STATES = 200;

    private final FeatureViewDefinition view;
    private final Optional<SourceDefinition> source;
    private final List<String> columnNames;
    private final List<ExpressionCompiler.Input> inputs;

    private final Map<String, EntityName> keyOwners = new HashMap<>();
    private final List<Key> keys = new ArrayList<>();
    private final List<Feature> features = new ArrayList<>();
    private final Set<String> columns = new TreeSet<>();
    private final List<Key> rowId = new ArrayList<>();
    private final ResolverProblems problems = new ResolverProblems();

    private ViewResolver(FeatureViewDefinition view, Optional<SourceDefinition> source) {
        this.view = view;
        this.source = source;
        var sourceColumns = source.map(SourceDefinition::columns).orElse(List.of());
        this.columnNames = sourceColumns.stream().map(SourceColumn::name).toList();
        this.inputs = sourceColumns.stream()
                .map(column -> new ExpressionCompiler.Input(column.name(), column.type()))
                .toList();
    }

    /**
     * @param entityNames all there are, for near misses
     * @param sourceNames all there are, for near misses
     */
    static ResolvedView resolve(
            FeatureViewDefinition view,
            Function<EntityName, Optional<EntityDefinition>> entities,
            Function<SourceName, Optional<SourceDefinition>> sources,
            Collection<String> entityNames,
            Collection<String> sourceNames) {
        var resolver = new ViewResolver(view, sources.apply(view.source()));
        resolver.resolveSource(sourceNames);
        resolver.resolveEntities(entities, entityNames);
        resolver.checkSnapshotKeys();
        resolver.resolveFeatures();
        resolver.checkLimits();
        return new ResolvedView(
                resolver.keys, resolver.features, resolver.columns, resolver.rowId, resolver.problems.all());
    }

    public static String tooLong(String derived) {
        return "'%s' would be the name of a column, %s characters long; at most %s fit: shorten one of its parts"
                .formatted(derived, derived.length(), MAX_IDENTIFIER);
    }

    private void resolveSource(Collection<String> sourceNames) {
        if (source.isEmpty()) {
            String name = view.source().value();
            report(
                    "source",
                    "unknown_source",
                    "There is no source '%s'".formatted(name),
                    Suggestions.nearest(name, sourceNames));
            return;
        }
        SourceDefinition found = source.get();
        columns.add(found.eventTimestamp());
        found.knownTimestamp().ifPresent(columns::add);
        found.tombstone().ifPresent(columns::add);
    }

    private void resolveEntities(
            Function<EntityName, Optional<EntityDefinition>> entities, Collection<String> entityNames) {
        for (int i = 0; i < view.entities().size(); i++) {
            String path = "entities[" + i + "]";
            ViewEntity listed = view.entities().get(i);
            var entity = entities.apply(listed.entity());
            if (entity.isEmpty()) {
                report(
                        path,
                        "unknown_entity",
                        "There is no entity '%s'".formatted(listed.entity()),
                        nearest(listed.entity().value(), entityNames));
                continue;
            }
            checkMappedKeys(listed, entity.get(), path);
            entity.get().keys().forEach(key -> resolveKey(key, listed, path));
        }
    }

    private void checkMappedKeys(ViewEntity listed, EntityDefinition entity, String path) {
        var names = entity.keys().stream().map(EntityDefinition.JoinKey::name).toList();
        for (String mapped : listed.keys().keySet()) {
            if (!names.contains(mapped)) {
                report(
                        path + ".keys." + mapped,
                        "unknown_key",
                        "The entity '%s' has no key '%s'; its keys are %s"
                                .formatted(listed.entity(), mapped, Shown.names(names)),
                        nearest(mapped, names));
            }
        }
    }

    private void resolveKey(EntityDefinition.JoinKey key, ViewEntity listed, String path) {
        boolean mapped = listed.keys().containsKey(key.name());
        String column = listed.keys().getOrDefault(key.name(), key.name());
        String at = mapped ? path + ".keys." + key.name() : path;
        EntityName owner = keyOwners.putIfAbsent(key.name(), listed.entity());
        if (owner != null) {
            report(
                    path,
                    "duplicate_key",
                    "Both '%s' and '%s' have a key '%s': a view's keys need different names"
                            .formatted(owner, listed.entity(), key.name()));
            return;
        }
        if (source.isEmpty()) {
            return;
        }
        var found = source.get().column(column);
        if (found.isEmpty()) {
            String hint = mapped
                    ? ""
                    : "; map the key, as in {name: %s, keys: {%s: some_column}}".formatted(listed.entity(), key.name());
            report(
                    at,
                    "unknown_column",
                    "The source '%s' has no column '%s' for the key '%s'%s"
                            .formatted(view.source(), column, key.name(), hint),
                    nearest(column, columnNames));
        } else if (found.get().type() != key.type()) {
            report(
                    at,
                    "key_type_mismatch",
                    "The key '%s' is %s, but the column '%s' of '%s' is %s: give the column or the key the other's type"
                            .formatted(
                                    key.name(),
                                    key.type(),
                                    column,
                                    view.source(),
                                    found.get().type()));
        } else {
            keys.add(new Key(key.name(), key.type(), column));
            columns.add(column);
        }
    }

    /** A row that vanishes deletes its key: that must mean the row, and nothing else that has the key. */
    private void checkSnapshotKeys() {
        if (source.filter(SourceDefinition::isSnapshot).isEmpty() || keys.size() < keyOwners.size()) {
            return;
        }
        SourceDefinition snapshot = source.get();
        var keyColumns = new TreeSet<>(keys.stream().map(Key::sourceColumn).toList());
        boolean fits = snapshot.hasDatedRows()
                ? snapshot.rowId().containsAll(keyColumns)
                : keyColumns.equals(new TreeSet<>(snapshot.rowId()));
        if (!fits) {
            report(
                    "entities",
                    "row_id_not_key",
                    ("The snapshot '%s' has row_id %s. For a view by %s it must be exactly these columns (one row per"
                                    + " key, its current state), or they and %s (rows of their own time)")
                            .formatted(view.source(), snapshot.rowId(), keyColumns, snapshot.eventTimestamp()));
        }
    }

    private void resolveFeatures() {
        var names = new HashSet<String>();
        var aggregates = source.map(found -> new AggregateResolver(found, inputs, columns, problems));
        for (int i = 0; i < view.features().size(); i++) {
            HeavyWork.goOn();
            FeatureDefinition feature = view.features().get(i);
            String path = "features[" + i + "]";
            checkFeatureNames(feature, names, path + ".name");
            if (source.isPresent()) {
                features.addAll(
                        switch (feature) {
                            case ColumnFeature column -> typed(column, columnType(column, source.get(), path));
                            case ExpressionFeature expression -> typed(expression, expressionType(expression, path));
                            case AggregateFeature aggregate ->
                                aggregates.orElseThrow().resolve(aggregate, path);
                        });
            }
        }
        if (view.features().stream().anyMatch(AggregateFeature.class::isInstance)) {
            aggregates.ifPresent(resolver -> rowId.addAll(resolver.rowId()));
        }
    }

    private static List<Feature> typed(FeatureDefinition feature, Optional<ValueType> type) {
        return type.map(found -> new Feature(feature.name(), found, feature)).stream()
                .toList();
    }

    private void checkLimits() {
        if (keyOwners.size() > RowLimits.MAX_KEYS) {
            report(
                    "entities",
                    "too_many",
                    "The entities have %s keys; a view has at most %s".formatted(keyOwners.size(), RowLimits.MAX_KEYS));
        }
        var types = new ArrayList<ValueType>();
        keys.forEach(key -> types.add(key.type()));
        features.stream().filter(feature -> !feature.isAggregate()).forEach(feature -> types.add(feature.type()));
        if (problems.all().isEmpty()) {
            var aggregates = ViewAggregates.of(features, rowId);
            types.addAll(aggregates.columnTypes());
            checkAggregates(aggregates);
        }
        if (!RowLimits.fits(types)) {
            report("features", "too_many", RowLimits.tooWide("keys, features and inputs of aggregates"));
        }
    }

    private void checkAggregates(ViewAggregates aggregates) {
        if (aggregates.windows().size() > MOST_WINDOWS) {
            report(
                    "features",
                    "too_many",
                    "The view has %s different windows; at most %s fit: split it"
                            .formatted(aggregates.windows().size(), MOST_WINDOWS));
        }
        if (aggregates.cells().size() > MOST_STATES) {
            report(
                    "features",
                    "too_many",
                    "The view's aggregates are made of %s states; at most %s fit: split it"
                            .formatted(aggregates.cells().size(), MOST_STATES));
        }
        if (rowId.size() > RowLimits.MAX_ROW_ID) {
            report(
                    "source",
                    "too_many",
                    "The source's row_id has %s columns; for aggregates at most %s fit"
                            .formatted(rowId.size(), RowLimits.MAX_ROW_ID));
        }
    }

    private void checkFeatureNames(FeatureDefinition feature, Set<String> before, String path) {
        var names = new LinkedHashSet<>(List.of(feature.name()));
        names.addAll(feature.featureNames());
        for (String name : names) {
            int found = problems.all().size();
            checkFeatureName(name, before, path);
            if (problems.all().size() > found) {
                return;
            }
        }
    }

    private void checkFeatureName(String name, Set<String> before, String path) {
        if (!Names.isValid(name)) {
            // the reader has said so
            return;
        }
        String derived = view.name() + "__" + name;
        if (ReservedNames.forFeature(name)) {
            report(
                    path,
                    "reserved_name",
                    "'%s' is kept for Asof's own columns: name the feature otherwise".formatted(name));
        } else if (keyOwners.containsKey(name)) {
            report(
                    path,
                    "name_of_key",
                    "'%s' is the name of a key of this view: name the feature otherwise".formatted(name));
        } else if (!before.add(name)) {
            report(path, "duplicate_feature", "There are two features named '%s': name one otherwise".formatted(name));
        } else if (derived.length() > MAX_IDENTIFIER) {
            report(path, "name_too_long", tooLong(derived));
        }
    }

    private Optional<ValueType> columnType(ColumnFeature feature, SourceDefinition from, String path) {
        var column = from.column(feature.column());
        if (column.isEmpty()) {
            report(
                    path + ".column",
                    "unknown_column",
                    "Feature '%s': the source '%s' has no column '%s'; its columns are %s"
                            .formatted(feature.name(), from.name(), feature.column(), Shown.names(columnNames)),
                    nearest(feature.column(), columnNames));
        }
        column.ifPresent(found -> columns.add(found.name()));
        return column.map(SourceColumn::type);
    }

    private Optional<ValueType> expressionType(ExpressionFeature feature, String path) {
        try {
            var compiled = ExpressionCompiler.compile(feature.expression(), inputs, feature.type());
            columns.addAll(compiled.inputs());
            return Optional.of(compiled.type());
        } catch (ExpressionException e) {
            problems.report(path + ".expression", feature.name(), e);
            return Optional.empty();
        }
    }

    private List<String> nearest(String name, Collection<String> existing) {
        return problems.nearest(name, existing);
    }

    private void report(String path, String code, String message) {
        problems.report(path, code, message);
    }

    private void report(String path, String code, String message, List<String> suggestions) {
        problems.report(path, code, message, suggestions);
    }
}
