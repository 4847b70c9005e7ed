package dev.asof.training.spine;

import dev.asof.formats.TableReader;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.TrainingQuery;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Which spine columns are the as-of time, the keys, and the others.
 *
 * @param at position of the as-of column; -1 when there is none
 * @param keys position of each join key, in the selection's order; -1 where there is none
 * @param others positions of the columns that are neither; request values are among them
 */
@SuppressWarnings("ArrayRecordComponent")
public record SpineColumns(List<String> names, int at, int[] keys, int[] others) {

    static final String MISSING_REQUEST_VALUE = "missing_request_value";

    static SpineColumns of(List<TableReader.Column> columns, TrainingQuery query) {
        var names = columns.stream().map(TableReader.Column::name).toList();
        int at = names.indexOf(query.asOfColumn());
        int[] keys = query.selection().requestKeys().keySet().stream()
                .mapToInt(names::indexOf)
                .toArray();
        var used = new HashSet<Integer>();
        used.add(at);
        for (int key : keys) {
            used.add(key);
        }
        var others = new ArrayList<Integer>();
        for (int i = 0; i < names.size(); i++) {
            if (!used.contains(i)) {
                others.add(i);
            }
        }
        return new SpineColumns(
                names, at, keys, others.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Adds what is wrong with the columns as such. */
    void check(TrainingQuery query, Violations violations) {
        checkNames(query, violations);
        checkTypes(query, violations);
        if (at < 0) {
            violations.add(Violation.of(
                    query.asOfColumn(),
                    "missing_as_of",
                    "The spine has no column '%s' with the as-of times: add it, or name another in as_of_column%s"
                            .formatted(query.asOfColumn(), nearMiss(query.asOfColumn())),
                    Suggestions.nearest(query.asOfColumn(), names)));
        }
        checkRequestValues(query, violations);
        int position = 0;
        for (var key : query.selection().requestKeys().entrySet()) {
            if (keys[position++] < 0) {
                violations.add(Violation.of(
                        key.getKey(),
                        "missing_key",
                        "The spine has no column '%s' (%s), a join key of the features asked for%s"
                                .formatted(key.getKey(), key.getValue(), nearMiss(key.getKey())),
                        Suggestions.nearest(key.getKey(), names)));
            }
        }
    }

    private void checkRequestValues(TrainingQuery query, Violations violations) {
        query.selection().requestValues().forEach((name, type) -> {
            int position = names.indexOf(name);
            if (position < 0) {
                violations.add(Violation.of(
                        name,
                        MISSING_REQUEST_VALUE,
                        "The spine has no column '%s' (%s), a request value of the features asked for%s"
                                .formatted(name, type, nearMiss(name)),
                        Suggestions.nearest(name, names)));
            } else if (position == at && type != ScalarType.TIMESTAMP) {
                violations.add(Violation.of(
                        name,
                        "as_of_column",
                        "'%s' is the as-of column, and as a request value it is %s: name another in as_of_column"
                                .formatted(name, type)));
            }
        });
    }

    private void checkNames(TrainingQuery query, Violations violations) {
        var results = new HashSet<String>();
        query.selection().columns().forEach(column -> results.add(column.name()));
        var seen = new HashSet<String>();
        for (String name : names) {
            if (!seen.add(name)) {
                violations.add(Violation.of(
                        name, "duplicate_column", "The spine has two columns '%s': rename one".formatted(name)));
            }
            if (results.contains(name)) {
                violations.add(Violation.of(
                        name,
                        "column_name_taken",
                        "The spine column '%s' is named like a feature of the result: rename it".formatted(name)));
            }
        }
    }

    private void checkTypes(TrainingQuery query, Violations violations) {
        for (var entry : query.types().entrySet()) {
            String name = entry.getKey();
            if (name.equals(query.asOfColumn())
                    || query.selection().requestKeys().containsKey(name)
                    || query.selection().requestValues().containsKey(name)) {
                violations.add(Violation.of(
                        "types." + name,
                        "type_is_given",
                        "'%s' is a key, a request value or the as-of time, whose type is known: leave it out of types"
                                .formatted(name)));
            } else if (!names.contains(name)) {
                violations.add(Violation.of(
                        "types." + name,
                        "missing_column",
                        "The spine has no column '%s'%s".formatted(name, nearMiss(name)),
                        Suggestions.nearest(name, names)));
            }
        }
    }

    private String nearMiss(String name) {
        var nearest = Suggestions.nearest(name, names);
        return nearest.isEmpty() ? "" : "; did you mean " + String.join(", ", nearest) + "?";
    }
}
