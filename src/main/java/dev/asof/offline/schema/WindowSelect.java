package dev.asof.offline.schema;

import static dev.asof.offline.schema.AggregateSql.orEmpty;
import static dev.asof.offline.schema.AggregateSql.ordered;

import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.Cell;
import dev.asof.registry.ViewAggregates.Part;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.StateKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a window function computes of the rows that count: aggregates over {@code h}, each once, which are the columns of {@code
 * s}; and what features answer, made from these. What has groups of its own (the values of a bucketed aggregate, steps) is
 * made from lists of the rows' values, joined laterally. Not for several threads at once.
 */
final class WindowSelect {

    private static final String ORDER = "h.event_timestamp, h.row_sequence";

    private final ViewAggregates aggregates;
    private final WindowBounds bounds;
    private final Optional<TiledRows> tiled;
    private final Map<String, String> columns = new LinkedHashMap<>();
    private final Map<String, String> joins = new LinkedHashMap<>();

    /** @param tiled what rows stand beside tiles, if any do */
    WindowSelect(ViewAggregates aggregates, WindowBounds bounds, Optional<TiledRows> tiled) {
        this.aggregates = aggregates;
        this.bounds = bounds;
        this.tiled = tiled;
    }

    /** All that has to be computed of the rows for what was asked so far. */
    List<String> columns() {
        return columns.entrySet().stream()
                .map(column -> column.getKey() + " as " + column.getValue())
                .toList();
    }

    /** What has to be joined to that. */
    List<String> joins() {
        return joins.entrySet().stream()
                .map(join -> "\nleft join lateral (%s) %s on true".formatted(join.getKey(), join.getValue()))
                .toList();
    }

    /** The greatest value of an expression among the rows in a window, {@code where} or not. */
    String greatest(String expression, int window) {
        return column("max(%s)".formatted(expression), List.of(bounds.holds(window, "h.event_timestamp")));
    }

    /** What a feature answers, as an expression. */
    String answer(WindowedFeature feature) {
        var cell = aggregates.cells().get(feature.cell());
        var aggregate = feature.aggregate();
        if (tiled.filter(tiles -> tiles.has(feature.window())).isPresent()) {
            return AggregateSql.answer(aggregate, new StateScope(feature, cell));
        }
        if (aggregate.by().isPresent()) {
            String joined = joined(buckets(feature, cell, aggregate.by().get()));
            boolean keys = feature.part() == Part.KEYS;
            return orEmpty(
                    joined + (keys ? ".keys" : ".answers"),
                    keys ? aggregate.by().get().type() : (ScalarType) aggregate.resultType());
        }
        if (aggregates.windows().get(feature.window()).steps() > 1) {
            return joined(steps(feature, cell)) + ".answers";
        }
        return switch (cell.kind()) {
            case StateKind.Frequencies(int k, var type) -> mostFrequent(feature, cell, k, type);
            default -> AggregateSql.answer(aggregate, new RowScope(feature, cell));
        };
    }

    private String column(String call, List<String> conditions) {
        var held = conditions.stream().filter(condition -> !condition.isEmpty()).toList();
        String sql = held.isEmpty() ? call : "%s filter (where %s)".formatted(call, String.join(" and ", held));
        return "s." + columns.computeIfAbsent(sql, _ -> "c" + columns.size());
    }

    private String joined(String select) {
        return joins.computeIfAbsent(select, _ -> "j" + joins.size());
    }

    /** The rows of a window that a cell reads, in order: as lists, one for each expression. */
    private String list(WindowedFeature feature, Cell cell, String expression) {
        var conditions = new ArrayList<>(conditions(feature, cell));
        if (cell.value() != ViewAggregates.NONE) {
            conditions.add(input(cell.value()) + " is not null");
        }
        if (cell.key() != ViewAggregates.NONE) {
            conditions.add(input(cell.key()) + " is not null");
        }
        return column("array_agg(%s order by %s)".formatted(expression, ORDER), conditions);
    }

    private List<String> conditions(WindowedFeature feature, Cell cell) {
        return List.of(
                bounds.holds(feature.window(), "h.event_timestamp"),
                cell.admitted() == ViewAggregates.NONE ? "" : input(cell.admitted()));
    }

    private static String input(int position) {
        return "h." + OfflineNames.input(position);
    }

    /** Of the values with the least hashes, those that came most often. */
    private String mostFrequent(WindowedFeature feature, Cell cell, int k, ScalarType type) {
        return orEmpty(
                """
                (select array_agg(f.v order by f.n desc, %1$s)
                 from (select d.v, d.n
                       from (select e.v, e.h, count(*) as n from (select unnest(%2$s) as v, unnest(%3$s) as h) e
                             group by e.v, e.h order by e.h, %4$s limit %5$s) d
                       order by d.n desc, %6$s limit %7$s) f)\
                """.formatted(
                                ordered("f.v", type),
                                list(feature, cell, input(cell.value())),
                                list(feature, cell, input(cell.valueHash())),
                                ordered("e.v", type),
                                k * StateKind.KEPT_FOR_EACH,
                                ordered("d.v", type),
                                k),
                type);
    }

    /** An aggregate for each value of a column: of those with the least hashes, the greatest, in the values' order (rule W6). */
    private String buckets(WindowedFeature feature, Cell cell, Aggregate.By by) {
        var one = feature.aggregate();
        var type = (ScalarType) one.resultType();
        String keys = list(feature, cell, input(cell.key()));
        var groups = new GroupScope("");
        String answer = AggregateSql.answer(one, groups);
        return """
            select array_agg(f.key order by %1$s) as keys, array_agg(f.answer order by %1$s) as answers
            from (select x.key, x.answer
                  from (select g.key, %2$s as answer
                        from (select e.key, e.hash%3$s
                              from (select unnest(%4$s) as key, unnest(%5$s) as hash, generate_subscripts(%4$s, 1) as o%6$s) e
                              group by e.key, e.hash order by e.hash, %7$s limit %8$s) g) x
                  order by %9$s, %10$s limit %11$s) f\
            """.formatted(
                        ordered("f.key", by.type()),
                        answer,
                        groups.columns(),
                        keys,
                        list(feature, cell, input(cell.keyHash())),
                        cell.value() == ViewAggregates.NONE
                                ? ""
                                : ", unnest(%s) as v".formatted(list(feature, cell, input(cell.value()))),
                        ordered("e.key", by.type()),
                        by.maxKeys() * StateKind.KEPT_FOR_EACH,
                        greatestFirst("x.answer", type),
                        ordered("x.key", by.type()),
                        by.maxKeys());
    }

    private static String greatestFirst(String answer, ScalarType type) {
        return switch (type) {
            case FLOAT32, FLOAT64 ->
                // null and NaN come last, neither before the other
                """
                coalesce(%1$s = 'NaN', true), nullif(%1$s, 'NaN') desc, coalesce(%1$s = 0 and %1$s::text = '-0', false)\
                """.formatted(answer);
            case BOOLEAN, INT32, INT64, STRING, BYTES, TIMESTAMP ->
                "%s is null, %s desc".formatted(answer, ordered(answer, type));
        };
    }

    /** A list of what each step answers, the oldest first (rule W5). */
    private String steps(WindowedFeature feature, Cell cell) {
        int steps = aggregates.windows().get(feature.window()).steps();
        String step = list(feature, cell, bounds.step(feature.window(), "h.event_timestamp"));
        var groups = new GroupScope("e.step is not null");
        String answer = AggregateSql.answer(feature.aggregate(), groups);
        return """
            select array_agg(%1$s order by g.step) as answers
            from (select t.step%2$s
                  from (select generate_series(1, %3$s) as step) t
                  left join (select unnest(%4$s) as step, generate_subscripts(%4$s, 1) as o%5$s) e on e.step = t.step
                  group by t.step) g\
            """.formatted(
                        answer,
                        groups.columns(),
                        steps,
                        step,
                        cell.value() == ViewAggregates.NONE
                                ? ""
                                : ", unnest(%s) as v".formatted(list(feature, cell, input(cell.value()))));
    }

    /** The rows that count, in a window. */
    private final class RowScope implements AggregateSql.Scope {

        private final WindowedFeature feature;
        private final Cell cell;

        RowScope(WindowedFeature feature, Cell cell) {
            this.feature = feature;
            this.cell = cell;
        }

        @Override
        public String value() {
            return input(cell.value());
        }

        @Override
        public String order() {
            return ORDER;
        }

        @Override
        public String call(String call, String condition) {
            var conditions = new ArrayList<>(conditions(feature, cell));
            conditions.add(condition);
            return column(call, conditions);
        }
    }

    /** States of tiles and rows, in a window. */
    private final class StateScope extends StateSelect.Scope {

        private final WindowedFeature feature;

        StateScope(WindowedFeature feature, Cell cell) {
            super(feature, cell.kind());
            this.feature = feature;
        }

        @Override
        public String call(String call, String condition) {
            return column(call, List.of(bounds.holds(feature.window(), "h.event_timestamp"), condition));
        }
    }

    /** The elements {@code e} of a group, of which the aggregates are columns of {@code g}. */
    private static final class GroupScope implements AggregateSql.Scope {

        private final String condition;
        private final Map<String, String> columns = new LinkedHashMap<>();

        /** @param condition on all elements; empty for none */
        GroupScope(String condition) {
            this.condition = condition;
        }

        /** To be added to a list of columns. */
        String columns() {
            var text = new StringBuilder();
            columns.forEach(
                    (sql, name) -> text.append(", ").append(sql).append(" as ").append(name));
            return text.toString();
        }

        @Override
        public String value() {
            return "e.v";
        }

        @Override
        public String order() {
            return "e.o";
        }

        @Override
        public String call(String call, String more) {
            var held = List.of(condition, more).stream()
                    .filter(each -> !each.isEmpty())
                    .toList();
            String sql = held.isEmpty() ? call : "%s filter (where %s)".formatted(call, String.join(" and ", held));
            return "g." + columns.computeIfAbsent(sql, _ -> "c" + columns.size());
        }
    }
}
