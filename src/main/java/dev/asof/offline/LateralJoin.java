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
    public String sql(
            String spine, List<String> columns, String asOfColumn, FeatureSelection selection, Reading reading) {
        return join(
                spine,
                resultColumns(columns, selection),
                calls(asOfColumn, selection, OfflineNames::asOfFunction, reading));
    }

    @Override
    public String sqlWithTimestamps(
            String spine, List<String> columns, String asOfColumn, FeatureSelection selection, Reading reading) {
        var results = resultColumns(columns, selection);
        for (int i = 0; i < selection.views().size(); i++) {
            results.add("f%d.%s".formatted(i, quoted(EVENT_TIMESTAMP)));
            results.add("f%d.%s".formatted(i, quoted(KNOWN_TIMESTAMP)));
        }
        return join(spine, results, calls(asOfColumn, selection, OfflineNames::rowFunction, reading));
    }

    private static String join(String spine, List<String> results, List<String> calls) {
        var joins = new StringBuilder();
        for (int i = 0; i < calls.size(); i++) {
            joins.append("\nleft join lateral ").append(calls.get(i)).append(" f").append(i).append(" on true");
        }
        return "select %s\nfrom %s s%s\norder by s.%s"
                .formatted(Sql.commaSeparated(results), spine, joins, quoted(ORDINAL));
    }

    private static List<String> resultColumns(List<String> columns, FeatureSelection selection) {
        var all = new ArrayList<String>();
        columns.forEach(column -> all.add("s." + quoted(column)));
        for (FeatureSelection.Column column : selection.columns()) {
            var view = selection.views().get(column.viewIndex()).view();
            String functionColumn = view.version().view() + "__" + column.feature();
            all.add("f%d.%s as %s".formatted(column.viewIndex(), quoted(functionColumn), quoted(column.name())));
        }
        return all;
    }

    private static List<String> calls(
            String asOfColumn,
            FeatureSelection selection,
            Function<RegisteredView, String> function,
            Reading reading) {
        return selection.views().stream()
                .map(view -> "%s(%s)".formatted(function.apply(view.view()), arguments(view, asOfColumn, reading)))
                .toList();
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
