package dev.asof.online.lookup;

import dev.asof.online.LookupAnswer;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates.Part;
import dev.asof.shared.ListType;
import dev.asof.shared.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A column of an answer. The keys and the values of a bucketed aggregate (rule W6), which are two columns everywhere else,
 * are one here where they stand side by side.
 *
 * @param name {@code view__feature} or {@code role__feature}
 * @param feature the bare name
 * @param keys the type of a bucketed aggregate's keys, if they are answered with its values
 * @param origin of a bucketed aggregate, that of its keys
 */
record AnsweredColumn(String name, String feature, ValueType type, Optional<ListType> keys, Origin origin) {

    static List<AnsweredColumn> of(FeatureSelection selection) {
        var columns = selection.columns();
        var answered = new ArrayList<AnsweredColumn>(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            var column = columns.get(i);
            if (i + 1 < columns.size() && areBuckets(selection, column, columns.get(i + 1))) {
                i++;
                answered.add(new AnsweredColumn(
                        withoutSuffix(column.name()),
                        withoutSuffix(column.feature()),
                        columns.get(i).type(),
                        Optional.of((ListType) column.type()),
                        column.origin()));
            } else {
                answered.add(new AnsweredColumn(
                        column.name(), column.feature(), column.type(), Optional.empty(), column.origin()));
            }
        }
        return List.copyOf(answered);
    }

    private static boolean areBuckets(
            FeatureSelection selection, FeatureSelection.Column first, FeatureSelection.Column second) {
        if (!(first.origin() instanceof Origin.Aggregated keys)
                || !(second.origin() instanceof Origin.Aggregated values)
                || keys.view() != values.view()) {
            return false;
        }
        var view = selection.views().get(keys.view()).view();
        return part(view, keys.feature()) == Part.KEYS
                && part(view, values.feature()) == Part.VALUES
                && view.features()
                        .get(keys.feature())
                        .definition()
                        .name()
                        .equals(view.features()
                                .get(values.feature())
                                .definition()
                                .name());
    }

    /**
     * What of a bucketed aggregate's answer a feature has.
     *
     * @param feature position of an aggregate among the view's features
     */
    static Part part(RegisteredView view, int feature) {
        return view.aggregates().orElseThrow().features().stream()
                .filter(each -> each.feature() == feature)
                .findFirst()
                .orElseThrow()
                .part();
    }

    private static String withoutSuffix(String keys) {
        return keys.substring(0, keys.length() - AggregateFeature.KEYS.length());
    }

    LookupAnswer.Column face(boolean shortName) {
        return new LookupAnswer.Column(shortName ? feature : name, type, keys);
    }
}
