package dev.asof.offline.schema;

import dev.asof.offline.schema.StateColumn.Part;
import dev.asof.postgres.Sql;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.Cell;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.StateKind;
import java.util.EnumMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * States in columns of rows {@code h}, which SQL merges by aggregates of its own: those of tiles, and those of rows, each a state of
 * itself. Sums are decimals there, so that merging them loses nothing. Pure: text out, nothing run.
 */
final class StateSelect {

    /** What {@code FloatSum} divides huge sums by: 2^128. */
    private static final String DIVISOR = "340282366920938463463374607431768211456";

    /** What the upper part of an integer total counts: 2^32. */
    private static final String HIGH_UNIT = "4294967296";

    private StateSelect() {}

    /** Whether states of a kind are merged by plain aggregates. */
    static boolean canMerge(StateKind kind) {
        return switch (kind) {
            case StateKind.Count _,
                    StateKind.IntegerSum _,
                    StateKind.FloatSum _,
                    StateKind.Moments _,
                    StateKind.Extreme _,
                    StateKind.Edge _ -> true;
            case StateKind.DistinctHashes _,
                    StateKind.QuantileBuckets _,
                    StateKind.LastValues _,
                    StateKind.LastDistinct _,
                    StateKind.Frequencies _,
                    StateKind.Buckets _ -> false;
        };
    }

    /**
     * A cell's columns, made from those of a tile {@code t}.
     *
     * @param cell the cell's position, of a kind that can be merged
     */
    static List<String> ofTile(StateKind kind, int cell) {
        var columns = new EnumMap<Part, String>(Part.class);
        StateColumn.of(kind).forEach(column -> columns.put(column.part(), tile(column.part(), cell)));
        if (kind instanceof StateKind.FloatSum) {
            columns.remove(Part.REST);
            columns.remove(Part.MARKS);
            columns.put(Part.SUM, """
                case when %1$s & 7 = 0
                     then (%2$s::text::numeric + %3$s::text::numeric) * case when %1$s & 8 = 0 then 1 else %4$s end
                     when %1$s & 1 <> 0 or %1$s & 6 = 6 then 'NaN' when %1$s & 2 <> 0 then 'Infinity' when %1$s & 4 <> 0 then '-Infinity' end\
                """.formatted(
                            tile(Part.MARKS, cell), tile(Part.SUM, cell), tile(Part.REST, cell), DIVISOR));
        } else if (kind instanceof StateKind.Moments) {
            columns.remove(Part.MEAN);
            String squares = tile(Part.SQUARES, cell);
            // numbers whose squares are too large for a float may have no mean either
            String mean = "(case when %s = 'Infinity' then 0 else %s::text::numeric end)"
                    .formatted(squares, tile(Part.MEAN, cell));
            String total = "%s * %s".formatted(tile(Part.N, cell), mean);
            columns.put(Part.SUM, total);
            columns.put(Part.SQUARES, "%s::text::numeric + %s * %s".formatted(squares, total, mean));
        }
        return named(columns, cell);
    }

    /** The same made from a row {@code h} that counts. */
    static List<String> ofRow(ViewAggregates aggregates, int position) {
        Cell cell = aggregates.cells().get(position);
        String value = cell.value() == ViewAggregates.NONE ? "" : "h." + OfflineNames.input(cell.value());
        var columns = new EnumMap<Part, String>(Part.class);
        switch (cell.kind()) {
            case StateKind.Count _ ->
                columns.put(
                        Part.N,
                        cell.admitted() == ViewAggregates.NONE
                                ? "1::bigint"
                                : "case when h.%s then 1::bigint end".formatted(OfflineNames.input(cell.admitted())));
            case StateKind.IntegerSum _ -> {
                columns.put(Part.N, one(value));
                columns.put(Part.HIGH, "null::bigint");
                columns.put(Part.LOW, value + "::bigint");
            }
            case StateKind.FloatSum _ -> {
                columns.put(Part.N, one(value));
                columns.put(Part.SUM, AggregateSql.decimal(value, type(aggregates, cell)));
            }
            case StateKind.Moments _ -> {
                String factor = AggregateSql.factor(value, type(aggregates, cell));
                columns.put(Part.N, one(value));
                columns.put(Part.SQUARES, "%1$s * %1$s".formatted(factor));
                columns.put(Part.SUM, factor);
            }
            case StateKind.Extreme _ -> columns.put(Part.VALUE, value);
            case StateKind.Edge _ -> {
                columns.put(Part.VALUE, value);
                columns.put(Part.EVENT, "h.event_timestamp");
                columns.put(Part.SEQUENCE, "h.row_sequence");
            }
            case StateKind.DistinctHashes _,
                    StateKind.QuantileBuckets _,
                    StateKind.LastValues _,
                    StateKind.LastDistinct _,
                    StateKind.Frequencies _,
                    StateKind.Buckets _ -> throw new IllegalArgumentException("Not by plain aggregates: " + cell);
        }
        return named(columns, position);
    }

    private static ScalarType type(ViewAggregates aggregates, Cell cell) {
        return aggregates.inputs().get(cell.value()).type();
    }

    private static String one(String value) {
        return "case when %s is not null then 1::bigint end".formatted(value);
    }

    private static String tile(Part part, int cell) {
        return "t." + part.of(cell);
    }

    private static List<String> named(EnumMap<Part, String> columns, int cell) {
        return columns.entrySet().stream()
                .map(column -> column.getValue() + " as " + column.getKey().of(cell))
                .toList();
    }

    /** No values of the inputs, as those of tiles stand beside those of rows. */
    static String noInputs(ViewAggregates aggregates) {
        return IntStream.range(0, aggregates.inputs().size())
                .mapToObj(input -> ", null::%s as %s"
                        .formatted(Sql.columnType(aggregates.inputs().get(input).type()), OfflineNames.input(input)))
                .collect(Collectors.joining());
    }

    /** Merges the states of the rows {@code h} that a cell has in a window. */
    abstract static class Scope implements AggregateSql.Scope {

        private final StateKind kind;
        private final int cell;

        Scope(WindowedFeature feature, StateKind kind) {
            this.kind = kind;
            this.cell = feature.cell();
        }

        private String column(Part part) {
            return "h." + part.of(cell);
        }

        @Override
        public String value() {
            return column(Part.VALUE);
        }

        @Override
        public String order() {
            return column(Part.EVENT) + ", " + column(Part.SEQUENCE);
        }

        @Override
        public String elements() {
            return values();
        }

        @Override
        public String values() {
            return "coalesce(%s, 0)::bigint".formatted(sum(Part.N));
        }

        @Override
        public String total(Aggregate aggregate) {
            return kind instanceof StateKind.IntegerSum
                    ? "(%s + coalesce(%s, 0) * %s)".formatted(sum(Part.LOW), sum(Part.HIGH), HIGH_UNIT)
                    : sum(Part.SUM);
        }

        @Override
        public String squares(Aggregate aggregate) {
            return sum(Part.SQUARES);
        }

        private String sum(Part part) {
            return call("sum(%s)".formatted(column(part)), "");
        }
    }
}
