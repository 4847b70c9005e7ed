package dev.asof.offline;

import static dev.asof.offline.schema.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.schema.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.postgres.Sql.literal;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.Sql;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;

/** Joins laterally: the planner inlines each function down to one index scan a spine row. */
@Component
class LateralJoin implements PointInTimeJoin {

    @Override
    public String sql(Query query) {
        return "select %s\nfrom %s s%s\norder by s.%s"
                .formatted(
                        Sql.commaSeparated(resultColumns(query)),
                        query.spine(),
                        joins(query, OfflineNames::asOfFunction),
                        quoted(ORDINAL));
    }

    @Override
    public BlockJoin.Blocks blocks(Query query) {
        return new Blocks(query, resultColumns(query));
    }

    @Override
    public BlockJoin.Blocks blocksWithTimestamps(Query query) {
        var results = resultColumns(query);
        for (int i = 0; i < query.selection().views().size(); i++) {
            results.add("f%s.%s".formatted(i, quoted(EVENT_TIMESTAMP)));
            results.add("f%s.%s".formatted(i, quoted(KNOWN_TIMESTAMP)));
        }
        return new Blocks(query, results);
    }

    private record Blocks(Query query, List<String> results) implements BlockJoin.Blocks {

        @Override
        public String sql(BlockJoin.Rows rows) {
            return switch (rows) {
                case BlockJoin.Rows.All(long first, long last) ->
                    select(between(first, last), joins(query, OfflineNames::rowFunction));
                case BlockJoin.Rows.Some(long[] numbers) ->
                    select(among(numbers), joins(query, OfflineNames::rowFunction));
                case BlockJoin.Rows.Recent(long first, long last, var ages) ->
                    select(between(first, last), joins(query, OfflineNames::rowFunction, ages::get));
            };
        }

        /** Going back so far from the as-of time finds all values of 19 in 20 rows, where most rows have values. */
        @Override
        public Optional<String> agesSql(long first, long last) {
            int views = query.selection().views().size();
            double share = 1 - 0.05 / views;
            var ages = IntStream.range(0, views)
                    .mapToObj(i -> """
                        case when count(f%1$s.event_timestamp) > 0.8 * count(*) then ceil(1e6 * percentile_disc(%2$s)
                            within group (order by extract(epoch from s.%3$s - f%1$s.event_timestamp)))::bigint end\
                        """.formatted(i, share, quoted(query.asOfColumn())))
                    .toList();
            return ages.isEmpty()
                    ? Optional.empty()
                    : Optional.of("select %s\nfrom %s s%s"
                            .formatted(
                                    Sql.commaSeparated(ages),
                                    spine(between(first, last)),
                                    joins(query, OfflineNames::rowFunction)));
        }

        private String select(String condition, String joins) {
            return "select s.%s, %s\nfrom %s s%s"
                    .formatted(quoted(ORDINAL), Sql.commaSeparated(results), spine(condition), joins);
        }

        private String spine(String condition) {
            return "(select * from %s where %s order by %s)"
                    .formatted(query.spine(), condition, Sql.quotedList(indexOrder(query)));
        }

        private static String between(long first, long last) {
            return "%s between %s and %s".formatted(quoted(ORDINAL), first, last);
        }

        private static String among(long[] numbers) {
            return "%s = any ('{%s}'::bigint[])"
                    .formatted(
                            quoted(ORDINAL),
                            Arrays.stream(numbers).mapToObj(Long::toString).collect(Collectors.joining(",")));
        }
    }

    /** Neighbours in the index behind rule A1 are looked up one after the other: half the time of a random order. */
    private static List<String> indexOrder(Query query) {
        var order = new ArrayList<String>();
        query.selection().views().stream().findFirst().ifPresent(view -> order.addAll(view.keyColumns()));
        order.add(query.asOfColumn());
        return order;
    }

    private static String joins(Query query, Function<RegisteredView, String> function) {
        return joins(query, function, _ -> OptionalLong.empty());
    }

    /** @param age how many microseconds a view's events may be old for a spine row to come back; empty if all do */
    private static String joins(Query query, Function<RegisteredView, String> function, IntFunction<OptionalLong> age) {
        var joins = new StringBuilder();
        int number = 0;
        for (FeatureSelection.View view : query.selection().views()) {
            var limit = age.apply(number);
            joins.append("\n%sjoin lateral %s(%s%s) f%s on true"
                    .formatted(
                            limit.isPresent() ? "" : "left ",
                            function.apply(view.view()),
                            arguments(view, query.asOfColumn(), query.reading()),
                            limit.isPresent() ? notBefore(query, limit.getAsLong()) : "",
                            number++));
        }
        return joins.toString();
    }

    private static String notBefore(Query query, long age) {
        return ", not_before => s.%s - interval '%s microseconds'".formatted(quoted(query.asOfColumn()), age);
    }

    private static List<String> resultColumns(Query query) {
        var all = new ArrayList<String>();
        query.columns().forEach(column -> all.add("s." + quoted(column)));
        for (FeatureSelection.StoredColumn column : query.selection().storedColumns()) {
            var view = query.selection().views().get(column.view()).view();
            String functionColumn = view.version().view() + "__"
                    + view.features().get(column.feature()).name();
            all.add("f%s.%s as %s".formatted(column.view(), quoted(functionColumn), quoted(column.name())));
        }
        return all;
    }

    private static String arguments(FeatureSelection.View selected, String asOfColumn, Reading reading) {
        String asOf = "s." + quoted(asOfColumn);
        String keys = selected.keyColumns().stream()
                .map(column -> "s." + quoted(column) + ", ")
                .collect(Collectors.joining());
        String options = switch (reading.known()) {
            case Known.Latest() -> reading.strict() ? ", true" : "";
            case Known.AsRecorded() -> ", %s, %s".formatted(reading.strict(), asOf);
            case Known.At(var instant) ->
                ", %s, %s::timestamptz".formatted(reading.strict(), literal(Timestamps.format(instant)));
        };
        String batches = reading.batches()
                .map(visible -> ", unseen_batches => %s::int8multirange".formatted(literal(visible.unseen())))
                .orElse("");
        return keys + asOf + options + batches;
    }
}
