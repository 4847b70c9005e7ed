package dev.asof.registry.catalog;

import dev.asof.registry.RegisteredView;
import java.util.List;
import java.util.Set;

/**
 * A feature view checked against its entities and its source.
 *
 * @param keys those that could be resolved, in the order of the entities
 * @param features those that could be resolved, in declared order
 * @param columns the source columns that its keys, features and times are made from
 * @param rowId what tells rows apart for its aggregates (rule W4); empty without aggregates
 * @param problems empty when the view can be registered
 */
public record ResolvedView(
        List<RegisteredView.Key> keys,
        List<RegisteredView.Feature> features,
        Set<String> columns,
        List<RegisteredView.Key> rowId,
        List<Problem> problems) {

    /**
     * One thing wrong.
     *
     * @param path relative to the view, such as {@code features[2].expression}; see {@link dev.asof.shared.Violations.Part}
     */
    public record Problem(String path, String code, String message, List<String> suggestions) {
        public Problem {
            suggestions = List.copyOf(suggestions);
        }
    }

    public ResolvedView {
        keys = List.copyOf(keys);
        features = List.copyOf(features);
        columns = Set.copyOf(columns);
        rowId = List.copyOf(rowId);
        problems = List.copyOf(problems);
    }
}
