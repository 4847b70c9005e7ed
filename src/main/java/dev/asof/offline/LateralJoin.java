package dev.asof.offline;

import static dev.asof.offline.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.offline.Sql.literal;
import static dev.asof.offline.Sql.quoted;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    public String blockSql(Query query, long first, long last) {
        return block(query, resultColumns(query), joins(query, OfflineNames::asOfFunction), first, last);
    }

    @Override
    public String blockSqlWithTimestamps(Query query, long first, long last) {
        var results = resultColumns(query);
        for (int i = 0; i < query.selection().views().size(); i++) {
            results.add("f%d.%s".formatted(i, quoted(EVENT_TIMESTAMP)));
            results.add("f%d.%s".formatted(i, quoted(KNOWN_TIMESTAMP)));
        }
        return block(query, results, joins(query, OfflineNames::rowFunction), first, last);
    }

    private static String block(Query query, List<String> results, String joins, long first, long last) {
        results.addFirst("s." + quoted(ORDINAL));
        return "select %2$s\nfrom (select * from %3$s where %1$s between %4$d and %5$d order by %6$s) s%7$s"
                .formatted(
                        quoted(ORDINAL),
                        Sql.commaSeparated(results),
                        query.spine(),
                        first,
                        last,
                        Sql.quotedList(indexOrder(query)),
                        joins);
    }

    /** Neighbours in the index behind rule A1 are looked up one after the other: half the time of a random order. */
    private static List<String> indexOrder(Query query) {
        var order = new ArrayList<String>();
        query.selection().views().stream().findFirst().ifPresent(view -> order.addAll(view.keyColumns()));
        order.add(query.asOfColumn());
        return order;
    }

    private static String joins(Query query, Function<RegisteredView, String> function) {
        var joins = new StringBuilder();
        int number = 0;
        for (FeatureSelection.View view : query.selection().views()) {
            joins.append("\nleft join lateral %s(%s) f%d on true"
                    .formatted(
                            function.apply(view.view()),
                            arguments(view, query.asOfColumn(), query.reading()),
                            number++));
        }
        return joins.toString();
    }

    private static List<String> resultColumns(Query query) {
        var all = new ArrayList<String>();
        query.columns().forEach(column -> all.add("s." + quoted(column)));
        for (FeatureSelection.Column column : query.selection().columns()) {
            var view = query.selection().views().get(column.viewIndex()).view();
            String functionColumn = view.version().view() + "__" + column.feature();
            all.add("f%d.%s as %s".formatted(column.viewIndex(), quoted(functionColumn), quoted(column.name())));
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
