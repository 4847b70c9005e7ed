package dev.asof.registry.planning;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.shared.ValueType;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.StateKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks the aggregates of a view against the columns of its source, and gives their features types (rules W2 to W6). */
final class AggregateResolver {

    private static final int MOST_STATE_BYTES = 16 * 1024;

    /** More than a state keeps apart that may be so large. */
    private static final int SAMPLED_ROWS = 10_000;

    /** @param type empty for a count of rows */
    private record Input(Optional<ScalarType> type) {}

    private final SourceDefinition source;
    private final List<ExpressionCompiler.Input> inputs;
    private final Set<String> columns;
    private final ResolverProblems problems;

    /** The features that a line makes by its windows and quantiles share their expressions. */
    private final Map<String, CompiledExpression> compiled = new HashMap<>();

    private final Map<StateKind, Integer> stateBytes = new HashMap<>();

    /** What was wrong with the feature before: the others of its line have the same wrong, which is told once. */
    private Optional<AggregateFeature> failed = Optional.empty();

    /** @param columns what the source's columns that are used are added to */
    AggregateResolver(
            SourceDefinition source,
            List<ExpressionCompiler.Input> inputs,
            Set<String> columns,
            ResolverProblems problems) {
        this.source = source;
        this.inputs = inputs;
        this.columns = columns;
        this.problems = problems;
    }

    /** Its features, two for a bucketed one; none, and reported, when anything is wrong. */
    List<Feature> resolve(AggregateFeature feature, String path) {
        if (failed.filter(before -> haveSameInputs(before, feature)).isPresent()) {
            return List.of();
        }
        var input = input(feature, path);
        boolean sound = isBoolean(feature, path);
        var by = feature.by().flatMap(buckets -> by(feature, buckets, path));
        if (input.isEmpty() || !sound || by.isPresent() != feature.by().isPresent()) {
            failed = Optional.of(feature);
            return List.of();
        }
        var aggregate = new Aggregate(
                feature.function(),
                input.get().type(),
                feature.size().orElse(0),
                feature.quantile().orElse(0),
                by);
        if (!isSmall(feature, aggregate, path)) {
            failed = Optional.of(feature);
            return List.of();
        }
        return features(feature, aggregate);
    }

    /** Rule W8: a state is read and written as a whole, for every tile. */
    private boolean isSmall(AggregateFeature feature, Aggregate aggregate, String path) {
        int bytes = stateBytes.computeIfAbsent(aggregate.kind(), kind -> SampleStates.mostBytes(kind, SAMPLED_ROWS));
        if (bytes <= MOST_STATE_BYTES) {
            return true;
        }
        String field = feature.by().isPresent() ? "max_keys" : "n";
        int most = feature.by()
                .map(Bucketing::maxKeys)
                .orElseGet(() -> feature.size().orElse(1));
        problems.report(
                path + "." + field,
                "state_too_large",
                String.format(
                        Locale.ROOT,
                        "Feature '%s': a state of %s would take some %,d bytes%s; at most %,d fit: write %s: %s or"
                                + " less",
                        feature.name(),
                        feature.function().text(),
                        bytes,
                        keepsMoreThanItAnswers(aggregate.kind())
                                ? ", as %s values are kept for each that is answered".formatted(StateKind.KEPT_FOR_EACH)
                                : "",
                        MOST_STATE_BYTES,
                        field,
                        (long) most * MOST_STATE_BYTES / bytes));
        return false;
    }

    private static boolean keepsMoreThanItAnswers(StateKind kind) {
        return kind instanceof StateKind.Buckets || kind instanceof StateKind.Frequencies;
    }

    /** What tells the source's rows apart for aggregates. */
    List<Key> rowId() {
        var rowId = new ArrayList<Key>();
        for (String name : source.rowId()) {
            var column = source.column(name).orElseThrow();
            if (column.type() instanceof ScalarType type && type.isKeyType()) {
                rowId.add(new Key(name, type, name));
                columns.add(name);
            } else {
                problems.report(
                        "source",
                        "wrong_type",
                        ("The source '%s' has '%s' in its row_id, which is %s: for aggregates these are STRING, INT32,"
                                        + " INT64, BOOLEAN, BYTES or TIMESTAMP, as keys are")
                                .formatted(source.name(), name, column.type()));
            }
        }
        return rowId;
    }

    private static boolean haveSameInputs(AggregateFeature one, AggregateFeature other) {
        return one.function() == other.function()
                && one.column().equals(other.column())
                && one.expression().equals(other.expression())
                && one.where().equals(other.where())
                && one.by().equals(other.by())
                && one.size().equals(other.size());
    }

    private static List<Feature> features(AggregateFeature feature, Aggregate aggregate) {
        var names = feature.featureNames();
        if (aggregate.by().isPresent()) {
            return List.of(
                    new Feature(
                            names.getFirst(), ListType.of(aggregate.by().get().type()), feature, aggregate.input()),
                    new Feature(
                            names.getLast(),
                            ListType.of((ScalarType) aggregate.resultType()),
                            feature,
                            aggregate.input()));
        }
        var type = feature.window().steps() == 1
                ? aggregate.resultType()
                : ListType.of((ScalarType) aggregate.resultType());
        return List.of(new Feature(names.getFirst(), type, feature, aggregate.input()));
    }

    private Optional<Input> input(AggregateFeature feature, String path) {
        if (feature.column().isPresent()) {
            return column(feature, feature.column().get(), path + ".column")
                    .flatMap(column -> input(
                            feature,
                            column.type(),
                            "the column '%s' is %s".formatted(column.name(), column.type()),
                            path + ".column"));
        }
        if (feature.expression().isPresent()) {
            return compile(feature, feature.expression().get(), path + ".expression")
                    .flatMap(expression -> input(
                            feature,
                            expression.type(),
                            "the expression gives " + expression.type(),
                            path + ".expression"));
        }
        return Optional.of(new Input(Optional.empty()));
    }

    private Optional<Input> input(AggregateFeature feature, ValueType type, String what, String path) {
        if (type instanceof ScalarType scalar && feature.function().inputs().contains(scalar)) {
            return Optional.of(new Input(Optional.of(scalar)));
        }
        problems.report(
                path,
                "wrong_type",
                "Feature '%s': %s takes %s, but %s"
                        .formatted(
                                feature.name(),
                                feature.function().text(),
                                alternatives(feature.function().inputs()),
                                what));
        return Optional.empty();
    }

    private boolean isBoolean(AggregateFeature feature, String path) {
        if (feature.where().isEmpty()) {
            return true;
        }
        var where = compile(feature, feature.where().get(), path + ".where");
        if (where.isPresent() && where.get().type() != ScalarType.BOOLEAN) {
            problems.report(
                    path + ".where",
                    "wrong_type",
                    "Feature '%s': 'where' is a condition, which gives BOOLEAN; this expression gives %s"
                            .formatted(feature.name(), where.get().type()));
            return false;
        }
        return where.isPresent();
    }

    private Optional<Aggregate.By> by(AggregateFeature feature, Bucketing by, String path) {
        var column = column(feature, by.column(), path + ".by");
        if (column.isEmpty()) {
            return Optional.empty();
        }
        if (column.get().type() instanceof ScalarType type
                && AggregateFunction.keys().contains(type)) {
            return Optional.of(new Aggregate.By(type, by.maxKeys()));
        }
        problems.report(
                path + ".by",
                "wrong_type",
                "Feature '%s': 'by' takes a column of %s, but '%s' is %s"
                        .formatted(
                                feature.name(),
                                alternatives(AggregateFunction.keys()),
                                by.column(),
                                column.get().type()));
        return Optional.empty();
    }

    private Optional<SourceColumn> column(AggregateFeature feature, String name, String path) {
        var column = source.column(name);
        if (column.isEmpty()) {
            var names = source.columns().stream().map(SourceColumn::name).toList();
            problems.report(
                    path,
                    "unknown_column",
                    "Feature '%s': the source '%s' has no column '%s'; its columns are %s"
                            .formatted(feature.name(), source.name(), name, Shown.names(names)),
                    problems.nearest(name, names));
        }
        column.ifPresent(found -> columns.add(found.name()));
        return column;
    }

    private Optional<CompiledExpression> compile(AggregateFeature feature, String text, String path) {
        var before = compiled.get(text);
        if (before != null) {
            return Optional.of(before);
        }
        try {
            var expression = ExpressionCompiler.compile(text, inputs, Optional.empty());
            columns.addAll(expression.inputs());
            compiled.put(text, expression);
            return Optional.of(expression);
        } catch (ExpressionException e) {
            problems.report(path, feature.name(), e);
            return Optional.empty();
        }
    }

    private static String alternatives(Set<ScalarType> types) {
        var names = types.stream().map(Objects::toString).collect(Collectors.toCollection(ArrayList::new));
        String last = names.removeLast();
        return String.join(", ", names) + " or " + last;
    }
}
