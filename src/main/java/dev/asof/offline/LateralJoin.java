package dev.asof.offline;

import static dev.asof.offline.Sql.literal;
import static dev.asof.offline.Sql.quoted;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Joins laterally: the planner inlines each function down to one index scan a spine row. */
@Component
class LateralJoin implements PointInTimeJoin {

    @Override
    public String sql(
            String spine,
            List<String> columns,
            String asOfColumn,
            FeatureSelection selection,
            boolean strict,
            Known known) {
        var joins = new StringBuilder();
        for (int i = 0; i < selection.views().size(); i++) {
            joins.append("\nleft join lateral ")
                    .append(call(selection.views().get(i), asOfColumn, strict, known))
                    .append(" f")
                    .append(i)
                    .append(" on true");
        }
        return "select %s\nfrom %s s%s\norder by s.%s"
                .formatted(resultColumns(columns, selection), spine, joins, quoted(ORDINAL));
    }

    private static String resultColumns(List<String> columns, FeatureSelection selection) {
        var all = new ArrayList<String>();
        columns.forEach(column -> all.add("s." + quoted(column)));
        for (FeatureSelection.Column column : selection.columns()) {
            var view = selection.views().get(column.viewIndex()).view();
            String functionColumn = view.version().view() + "__" + column.feature();
            all.add("f%d.%s as %s".formatted(column.viewIndex(), quoted(functionColumn), quoted(column.name())));
        }
        return Sql.commaSeparated(all);
    }

    private static String call(FeatureSelection.View selected, String asOfColumn, boolean strict, Known known) {
        String asOf = "s." + quoted(asOfColumn);
        String keys = selected.keyColumns().stream()
                .map(column -> "s." + quoted(column) + ", ")
                .collect(Collectors.joining());
        String options = switch (known) {
            case Known.Latest() -> strict ? ", true" : "";
            case Known.AsRecorded() -> ", %s, %s".formatted(strict, asOf);
            case Known.At(var instant) ->
                ", %s, %s::timestamptz".formatted(strict, literal(Timestamps.format(instant)));
        };
        return "%s(%s%s%s)".formatted(OfflineNames.asOfFunction(selected.view()), keys, asOf, options);
    }
}
