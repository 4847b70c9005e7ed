package dev.asof.registry.planning;

import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.DefinitionWriter;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.shared.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Tells what a new meaning changes for those who read the one before. */
final class Compatibility {

    /** Where the same column's values come from in two versions of a service. */
    private record Origins(Origin before, Origin after) {}

    private final List<String> additions = new ArrayList<>();
    private final List<String> breaks = new ArrayList<>();
    private final SameValues sameValues = new SameValues();

    private Compatibility() {}

    static Change compare(EntityDefinition before, EntityDefinition after) {
        var result = new Compatibility();
        String keysBefore = entityKeys(before);
        String keysAfter = entityKeys(after);
        if (!keysBefore.equals(keysAfter)) {
            result.breaks.add("keys were %s and become %s".formatted(keysBefore, keysAfter));
        }
        return result.change();
    }

    /**
     * Rule V2: all but {@link Change.Same} and {@link Change.Compatible} is to be refused. What lets in values that were
     * refused before, and means the same by those that were not, is no change of meaning.
     */
    static Change compare(SourceDefinition before, SourceDefinition after) {
        var result = new Compatibility();
        result.differ("type", DefinitionWriter.type(before), DefinitionWriter.type(after));
        result.differ(
                "read", before.table(), after.table(), table -> table.read().toString());
        for (SourceColumn column : before.columns()) {
            after.column(column.name())
                    .ifPresentOrElse(
                            now -> result.compareColumn(column, now),
                            () -> result.breaks.add("column %s is removed".formatted(column.name())));
        }
        for (SourceColumn column : after.columns()) {
            if (before.column(column.name()).isEmpty()) {
                result.additions.add("column %s %s is added".formatted(column.name(), column.type()));
            }
        }
        result.differ("event_timestamp", before.eventTimestamp(), after.eventTimestamp());
        result.differ("known_timestamp", before.knownTimestamp(), after.knownTimestamp(), Function.identity());
        result.differ("known_after", before.knownAfter(), after.knownAfter(), Durations::format);
        result.differ("tombstone", before.tombstone(), after.tombstone(), Function.identity());
        result.compareRowId(before.rowId(), after.rowId());
        return result.change();
    }

    /** The new definition with its columns in the order of the log: those there were, then the added ones. */
    static SourceDefinition inLogOrder(SourceDefinition before, SourceDefinition after) {
        var columns = new ArrayList<SourceColumn>();
        before.columns().forEach(column -> after.column(column.name()).ifPresent(columns::add));
        after.columns().stream()
                .filter(column -> before.column(column.name()).isEmpty())
                .forEach(columns::add);
        return after.with(columns, after.metadata());
    }

    /**
     * Compares two versions of a view. What the contract of their source has come to accept since makes no difference;
     * {@link Meaning#hash} tells two apart that were registered before and after.
     *
     * @param evaluator that is to compute the new version's expressions
     */
    static Change compare(RegisteredView before, FeatureViewDefinition after, ResolvedView resolved, int evaluator) {
        var result = new Compatibility();
        result.differ("source", before.source(), after.source());
        result.compareKeys(before.keys(), resolved.keys());
        result.differ("ttl", before.ttl(), after.ttl(), Durations::format);
        result.differ("revision", before.definition().revision(), after.revision());
        result.compareFeatures(before.features(), resolved.features());
        if (before.hasAggregates() && resolved.features().stream().anyMatch(Feature::isAggregate)) {
            result.differ("row_id, which aggregates go by,", columns(before.rowId()), columns(resolved.rowId()));
        }
        if (before.evaluator() != evaluator) {
            result.breaks.add("expressions are evaluated by a newer evaluator");
        }
        return result.change();
    }

    /** Compares two versions of a feature service by what they resolve to. */
    static Change compare(FeatureSelection before, FeatureSelection after) {
        var result = new Compatibility();
        result.compareRequestKeys(before, after);
        for (var column : before.columns()) {
            find(after, column.name())
                    .ifPresentOrElse(
                            now -> result.compareOutput(before, column, after, now),
                            () -> result.breaks.add("column %s is removed".formatted(column.name())));
        }
        for (var column : after.columns()) {
            if (find(before, column.name()).isEmpty()) {
                result.additions.add("column %s %s is added".formatted(column.name(), column.type()));
            }
        }
        result.compareOrder(names(before.columns()), names(after.columns()), "columns are reordered");
        result.differ(
                "training.strict", before.training().strict(), after.training().strict());
        result.differ(
                "training.known",
                before.training().known().text(),
                after.training().known().text());
        return result.change();
    }

    private Change change() {
        if (breaks.isEmpty()) {
            return additions.isEmpty() ? new Change.Same() : new Change.Compatible(additions);
        }
        var reasons = new ArrayList<>(breaks);
        reasons.addAll(additions);
        return new Change.Breaking(reasons);
    }

    private void differ(String what, Object before, Object after) {
        if (!before.equals(after)) {
            breaks.add("%s was %s and becomes %s".formatted(what, before, after));
        }
    }

    private <T> void differ(String what, Optional<T> before, Optional<T> after, Function<T, String> text) {
        differ(what, before.map(text).orElse("unset"), after.map(text).orElse("unset"));
    }

    /**
     * Until it is declared every row is an event of its own, so that views' versions made before it go on as they were; once
     * declared it stays.
     */
    private void compareRowId(List<String> before, List<String> after) {
        if (before.isEmpty() && !after.isEmpty()) {
            additions.add("row_id %s is declared: aggregates count a corrected row once, in new versions of their views"
                    .formatted(after));
        } else {
            differ("row_id", before, after);
        }
    }

    private void compareColumn(SourceColumn before, SourceColumn after) {
        String column = "column " + before.name() + ": ";
        if (!before.type().equals(after.type())) {
            breaks.add(column + "type %s becomes %s".formatted(before.type(), after.type()));
        }
        if (before.timeZone().isPresent()) {
            // without a zone only times with an offset were taken, which zone and 'at' say nothing of
            differ(column + "time_zone", before.timeZone(), after.timeZone(), Object::toString);
            differ(column + "at", at(before), at(after));
        }
        if (before.nonFinite()) {
            differ(column + "non_finite", true, after.nonFinite());
        }
    }

    private static String at(SourceColumn column) {
        return column.endOfDay() ? "end_of_day" : "start_of_day";
    }

    private void compareKeys(List<RegisteredView.Key> before, List<RegisteredView.Key> after) {
        String keysBefore = viewKeys(before);
        String keysAfter = viewKeys(after);
        if (!keysBefore.equals(keysAfter)) {
            breaks.add("keys were %s and become %s".formatted(keysBefore, keysAfter));
            return;
        }
        for (int i = 0; i < before.size(); i++) {
            String key = "key " + before.get(i).name() + ": column";
            differ(key, before.get(i).sourceColumn(), after.get(i).sourceColumn());
        }
    }

    private void compareFeatures(List<Feature> before, List<Feature> after) {
        for (Feature feature : before) {
            var now = after.stream()
                    .filter(other -> other.name().equals(feature.name()))
                    .findFirst();
            if (now.isEmpty()) {
                breaks.add("feature %s is removed".formatted(feature.name()));
            } else {
                compareFeature(feature, now.get());
            }
        }
        for (Feature feature : after) {
            if (before.stream().noneMatch(other -> other.name().equals(feature.name()))) {
                additions.add("feature %s %s is added".formatted(feature.name(), feature.type()));
            }
        }
        compareOrder(
                before.stream().map(Feature::name).toList(),
                after.stream().map(Feature::name).toList(),
                "features are reordered");
    }

    private void compareFeature(Feature before, Feature after) {
        if (!before.type().equals(after.type())) {
            breaks.add("feature %s: type %s becomes %s".formatted(before.name(), before.type(), after.type()));
        }
        if (!isSameComputation(before, after)) {
            breaks.add("feature %s: %s becomes %s"
                    .formatted(before.name(), computation(before.definition()), computation(after.definition())));
        }
    }

    /** Whoever reads by name is not disturbed by another order, so it counts as an addition does. */
    private void compareOrder(List<String> before, List<String> after, String reason) {
        var keptBefore = before.stream().filter(after::contains).toList();
        var keptAfter = after.stream().filter(before::contains).toList();
        if (!keptBefore.equals(keptAfter)) {
            additions.add(reason);
        }
    }

    private void compareRequestKeys(FeatureSelection before, FeatureSelection after) {
        var keysBefore = before.requestKeys();
        var keysAfter = after.requestKeys();
        if (!keysBefore.equals(keysAfter)) {
            breaks.add("a request's keys were %s and become %s".formatted(keysBefore, keysAfter));
        }
        var valuesBefore = before.requestValues();
        var valuesAfter = after.requestValues();
        if (!valuesBefore.equals(valuesAfter)) {
            breaks.add("a request's values were %s and become %s".formatted(valuesBefore, valuesAfter));
        }
    }

    private void compareOutput(
            FeatureSelection before, FeatureSelection.Column was, FeatureSelection after, FeatureSelection.Column is) {
        String from = from(before, was);
        String to = from(after, is);
        if (from.equals(to)) {
            return;
        }
        var changes = isSameValue(before, was, after, is) ? additions : breaks;
        changes.add("column %s came from %s and comes from %s".formatted(was.name(), from, to));
    }

    private boolean isSameValue(
            FeatureSelection before, FeatureSelection.Column was, FeatureSelection after, FeatureSelection.Column is) {
        return switch (new Origins(was.origin(), is.origin())) {
            case Origins(Origin.OfView from, Origin.OfView to) -> isSameValue(before, from, after, to);
            case Origins(Origin.Computed from, Origin.Computed to) -> isSameValue(before, from, after, to);
            case Origins(Origin.OfView _, Origin.Computed _), Origins(Origin.Computed _, Origin.OfView _) -> false;
        };
    }

    /** Whether a column has the same values although another version of its view computes it. */
    private static boolean isSameValue(
            FeatureSelection before, Origin.OfView was, FeatureSelection after, Origin.OfView is) {
        var viewBefore = before.views().get(was.view());
        var viewAfter = after.views().get(is.view());
        return viewBefore.keyColumns().equals(viewAfter.keyColumns())
                && isSameValue(viewBefore.view(), was.feature(), viewAfter.view(), is.feature());
    }

    /** Whether two versions of a view have the same values in a feature each. */
    static boolean isSameValue(RegisteredView before, int was, RegisteredView after, int is) {
        var featureBefore = before.features().get(was);
        var featureAfter = after.features().get(is);
        return before.version().view().equals(after.version().view())
                && before.source().equals(after.source())
                && before.keys().equals(after.keys())
                && before.ttl().equals(after.ttl())
                && before.definition().revision() == after.definition().revision()
                && featureBefore.type().equals(featureAfter.type())
                && isSameComputation(featureBefore, featureAfter)
                && (!featureBefore.isAggregate() || before.rowId().equals(after.rowId()));
    }

    /** Whether an on-demand feature is computed alike of the same values. */
    private boolean isSameValue(
            FeatureSelection before, Origin.Computed was, FeatureSelection after, Origin.Computed is) {
        return keyColumns(before, was).equals(keyColumns(after, is))
                && sameValues.areSame(
                        before.onDemand().get(was.onDemand()).view(),
                        was.feature(),
                        after.onDemand().get(is.onDemand()).view(),
                        is.feature());
    }

    private static List<List<String>> keyColumns(FeatureSelection selection, Origin origin) {
        return selection.readBy(origin).stream()
                .map(from -> selection.views().get(from.view()).keyColumns())
                .toList();
    }

    private static String from(FeatureSelection selection, FeatureSelection.Column column) {
        return switch (column.origin()) {
            case Origin.OfView stored -> {
                var view = selection.views().get(stored.view());
                yield "%s:%s by %s".formatted(view.view().version(), column.feature(), view.keyColumns());
            }
            case Origin.Computed computed -> {
                var view = selection.onDemand().get(computed.onDemand());
                var keys = keyColumns(selection, computed).stream()
                        .flatMap(List::stream)
                        .distinct()
                        .toList();
                yield "%s:%s by %s".formatted(view.view().version(), column.feature(), keys);
            }
        };
    }

    private static Optional<FeatureSelection.Column> find(FeatureSelection selection, String name) {
        return selection.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst();
    }

    private static List<String> names(List<FeatureSelection.Column> columns) {
        return columns.stream().map(FeatureSelection.Column::name).toList();
    }

    private static boolean isSameComputation(Feature before, Feature after) {
        return switch (before.definition()) {
            case ColumnFeature _, ExpressionFeature _ ->
                computation(before.definition()).equals(computation(after.definition()));
            case AggregateFeature was ->
                after.definition() instanceof AggregateFeature is
                        && was.meaning().equals(is.meaning())
                        && before.input().equals(after.input());
        };
    }

    private static List<String> columns(List<RegisteredView.Key> rowId) {
        return rowId.stream().map(RegisteredView.Key::sourceColumn).toList();
    }

    private static String computation(FeatureDefinition feature) {
        return switch (feature) {
            case ColumnFeature column -> "column " + column.column();
            case ExpressionFeature expression ->
                "expression \"" + expression.expression().strip() + "\"";
            case AggregateFeature aggregate -> aggregate.computation();
        };
    }

    private static String entityKeys(EntityDefinition entity) {
        return entity.keys().stream()
                .map(key -> key.name() + " " + key.type())
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String viewKeys(List<RegisteredView.Key> keys) {
        return keys.stream().map(key -> key.name() + " " + key.type()).collect(Collectors.joining(", ", "(", ")"));
    }
}
