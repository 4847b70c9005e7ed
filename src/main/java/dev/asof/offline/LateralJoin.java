package dev.asof.offline;

import static dev.asof.offline.schema.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.schema.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.postgres.Sql.literal;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.Sql;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.TimestampSource;
import dev.asof.registry.Known;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;

/** Joins laterally: the planner inlines each function down to one index scan a spine row. */
@Component
class LateralJoin implements PointInTimeJoin {

    /** What a query has of each view, and how it is called: its row and its windows apart, or both by the function of users. */
    private enum Called {
        BY_USERS,
        BY_PARTS
    }

    @Override
    public String sql(Query query) {
        return "select %s\nfrom %s s%s\norder by s.%s"
                .formatted(
                        Sql.commaSeparated(resultColumns(query, Called.BY_USERS)),
                        query.spine(),
                        userJoins(query),
                        quoted(ORDINAL));
    }

    @Override
    public BlockJoin.Blocks blocks(Query query) {
        return new Blocks(query, resultColumns(query, Called.BY_PARTS));
    }

    @Override
    public BlockJoin.Blocks blocksWithTimestamps(Query query) {
        var results = resultColumns(query, Called.BY_PARTS);
        for (TimestampSource source : query.selection().timestampSources()) {
            switch (source) {
                case TimestampSource.Row(int view) -> {
                    results.add("%s.%s".formatted(row(view), EVENT_TIMESTAMP));
                    results.add("%s.%s".formatted(row(view), KNOWN_TIMESTAMP));
                }
                case TimestampSource.Windowed(int view, var window) -> {
                    var aggregates = query.selection()
                            .views()
                            .get(view)
                            .view()
                            .aggregates()
                            .orElseThrow();
                    int number = aggregates.windows().indexOf(window);
                    results.add("%s.%s".formatted(windows(view), OfflineNames.eventTimestamp(number)));
                    results.add("%s.%s".formatted(windows(view), OfflineNames.knownTimestamp(number)));
                }
            }
        }
        return new Blocks(query, results);
    }

    /** What the function of a view's rows is called in a join. */
    private static String row(int view) {
        return "f" + view;
    }

    /** The same of its windows. */
    private static String windows(int view) {
        return "w" + view;
    }

    private record Blocks(Query query, List<String> results) implements BlockJoin.Blocks {

        @Override
        public String sql(BlockJoin.Rows rows) {
            return switch (rows) {
                case BlockJoin.Rows.All(long first, long last) -> select(between(first, last), joins(query));
                case BlockJoin.Rows.Some(long[] numbers) -> select(among(numbers), joins(query));
                case BlockJoin.Rows.Recent(long first, long last, var ages) ->
                    select(between(first, last), joins(query, ages::get));
            };
        }

        /**
         * Going back so far from the as-of time finds all values of 19 in 20 rows, where most rows have values. Aggregates are
         * left out: they answer whatever rows there are.
         */
        @Override
        public Optional<String> agesSql(long first, long last) {
            var parts = query.selection().timestampSources();
            IntPredicate isLimited = view -> parts.contains(new TimestampSource.Row(view)) && !hasWindows(parts, view);
            var views = IntStream.range(0, query.selection().views().size());
            var limited = views.filter(isLimited).boxed().collect(Collectors.toSet());
            if (limited.isEmpty()) {
                return Optional.empty();
            }
            double share = 1 - 0.05 / limited.size();
            var ages = IntStream.range(0, query.selection().views().size())
                    .mapToObj(i -> !limited.contains(i)
                            ? "null::bigint"
                            : """
                            case when count(%1$s.event_timestamp) > 0.8 * count(*) then ceil(1e6 * percentile_disc(%2$s)
                                within group (order by extract(epoch from s.%3$s - %1$s.event_timestamp)))::bigint end\
                            """.formatted(row(i), share, quoted(query.asOfColumn())))
                    .toList();
            return Optional.of("select %s\nfrom %s s%s"
                    .formatted(
                            Sql.commaSeparated(ages),
                            spine(between(first, last)),
                            joins(query, _ -> OptionalLong.empty(), limited::contains)));
        }

        private String select(String condition, String joins) {
            var all = new ArrayList<>(List.of("s." + quoted(ORDINAL)));
            all.addAll(results);
            return "select %s\nfrom %s s%s".formatted(Sql.commaSeparated(all), spine(condition), joins);
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

    private static String userJoins(Query query) {
        var read = query.selection().storedColumns().stream()
                .map(FeatureSelection.StoredColumn::view)
                .collect(Collectors.toSet());
        var joins = new StringBuilder();
        for (int i = 0; i < query.selection().views().size(); i++) {
            if (!read.contains(i)) {
                continue;
            }
            var view = query.selection().views().get(i);
            joins.append(join("left ", OfflineNames.asOfFunction(view.view()), arguments(view, query), row(i)));
        }
        return joins.toString();
    }

    private static String joins(Query query) {
        return joins(query, _ -> OptionalLong.empty());
    }

    private static String joins(Query query, IntFunction<OptionalLong> age) {
        return joins(query, age, _ -> true);
    }

    /**
     * What the selection has of each view: its row, its windows, or both.
     *
     * @param age how many microseconds a view's events may be old for a spine row to come back; empty if all do
     * @param wanted which views' rows and windows are joined at all
     */
    private static String joins(Query query, IntFunction<OptionalLong> age, IntPredicate wanted) {
        var selection = query.selection();
        var parts = selection.timestampSources();
        var joins = new StringBuilder();
        for (int i = 0; i < selection.views().size(); i++) {
            var view = selection.views().get(i);
            if (!wanted.test(i)) {
                continue;
            }
            if (parts.contains(new TimestampSource.Row(i))) {
                var limit = age.apply(i);
                joins.append(join(
                        limit.isPresent() ? "" : "left ",
                        OfflineNames.rowFunction(view.view()),
                        arguments(view, query) + (limit.isPresent() ? notBefore(query, limit.getAsLong()) : ""),
                        row(i)));
            }
            if (hasWindows(parts, i)) {
                joins.append(
                        join("left ", OfflineNames.windowFunction(view.view()), arguments(view, query), windows(i)));
            }
        }
        return joins.toString();
    }

    private static boolean hasWindows(List<TimestampSource> parts, int view) {
        return parts.stream().anyMatch(part -> switch (part) {
            case TimestampSource.Row _ -> false;
            case TimestampSource.Windowed(int of, var _) -> of == view;
        });
    }

    private static String join(String kind, String function, String arguments, String name) {
        return "\n%sjoin lateral %s(%s) %s on true".formatted(kind, function, arguments, name);
    }

    private static String notBefore(Query query, long age) {
        return ", not_before => s.%s - interval '%s microseconds'".formatted(quoted(query.asOfColumn()), age);
    }

    private static List<String> resultColumns(Query query, Called called) {
        var selection = query.selection();
        var all = new ArrayList<String>();
        query.columns().forEach(column -> all.add("s." + quoted(column)));
        for (FeatureSelection.StoredColumn column : selection.storedColumns()) {
            var view = selection.views().get(column.view()).view();
            String functionColumn = view.version().view() + "__"
                    + view.features().get(column.feature()).name();
            String part = called == Called.BY_USERS
                    ? row(column.view())
                    : switch (selection.sourceOf(column)) {
                        case TimestampSource.Row(int of) -> row(of);
                        case TimestampSource.Windowed(int of, var _) -> windows(of);
                    };
            all.add("%s.%s as %s".formatted(part, quoted(functionColumn), quoted(column.name())));
        }
        return all;
    }

    private static String arguments(FeatureSelection.View selected, Query query) {
        var reading = query.reading();
        String asOf = "s." + quoted(query.asOfColumn());
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
