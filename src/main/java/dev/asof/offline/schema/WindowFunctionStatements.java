package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The function of a view version that aggregates a key's rows over windows as of an instant: rules W1 to W6 in SQL. Pure: text
 * out, nothing run.
 */
public final class WindowFunctionStatements {

    private WindowFunctionStatements() {}

    /**
     * Always one row: the aggregates, then for each window the greatest timestamps of its rows. One plain select, as {@link
     * RowFunctionStatements#create} says why: the rows that count are read once, by one index scan, for all windows; each aggregate
     * takes those of its window. Tiles take the place of rows wherever they give the same ({@link TiledRows}).
     */
    public static String create(RegisteredView view) {
        var aggregates = view.aggregates().orElseThrow();
        int asOf = view.keys().size() + 1;
        var bounds = new WindowBounds(aggregates.windows(), "$" + asOf);
        var tiled = TiledRows.of(view, aggregates, bounds);
        var select = new WindowSelect(aggregates, bounds, tiled);
        var answers = new ArrayList<String>();
        for (WindowedFeature feature : aggregates.features()) {
            answers.add(select.answer(feature));
        }
        for (int window = 0; window < aggregates.windows().size(); window++) {
            answers.add(select.greatest("h.event_timestamp", window));
            answers.add(select.greatest("h.known_timestamp", window));
        }
        return """
            create function %s(%s)
            returns table (%s)
            language sql stable parallel safe
            as $asof$
            select %s
            from (
                select %s
                %s) s%s
            $asof$
            """.formatted(
                        OfflineNames.windowFunction(view),
                        AsOfSignature.parameters(view),
                        results(view, aggregates),
                        String.join(",\n", answers),
                        String.join(",\n", select.columns()),
                        rows(view, aggregates, bounds, asOf, tiled),
                        String.join("", select.joins()));
    }

    private static String rows(
            RegisteredView view, ViewAggregates aggregates, WindowBounds bounds, int asOf, Optional<TiledRows> tiled) {
        UnaryOperator<String> keysMatch =
                alias -> IntStream.range(0, view.keys().size())
                        .mapToObj(i -> "%s.%s = $%s and "
                                .formatted(alias, quoted(view.keys().get(i).name()), i + 1))
                        .collect(Collectors.joining());
        var counted = new CountedRows(
                view,
                aggregates,
                OfflineNames.keptView(view),
                "$" + asOf,
                alias ->
                        "($%2$s is null or %1$s.known_timestamp <= $%2$s) and ($%3$s is null or not %1$s.batch_id <@ $%3$s)"
                                .formatted(alias, asOf + 2, asOf + 3),
                alias -> "(not $%2$s or %1$s.event_timestamp < $%3$s)".formatted(alias, asOf + 1, asOf));
        String from = counted.from(bounds.earliest());
        String condition = "h.event_timestamp <= $%s %s".formatted(asOf, counted.condition("h"));
        var reading = new TiledRows.Reading("$" + (asOf + 2), "$" + (asOf + 3));
        return """
            from %s b
            %s%scross join lateral (
                %s
                offset 0) h\
            """.formatted(
                bounds.select(),
                counted.cut(keysMatch),
                tiled.map(tiles -> tiles.stretches(keysMatch, reading, from)).orElse(""),
                tiled.map(tiles -> tiles.rows(keysMatch, reading, condition)).orElseGet(() ->
                        """
                        select * from %s h
                        where %sh.event_timestamp >= %s and %s\
                        """.formatted(OfflineNames.keptView(view), keysMatch.apply("h"), from, condition)));
    }

    private static String results(RegisteredView view, ViewAggregates aggregates) {
        var features = aggregates.features().stream()
                .map(feature -> view.features().get(feature.feature()))
                .toList();
        var columns = new ArrayList<>(List.of(AsOfSignature.columns(view, features)));
        for (int window = 0; window < aggregates.windows().size(); window++) {
            columns.add(OfflineNames.eventTimestamp(window) + " timestamptz");
            columns.add(OfflineNames.knownTimestamp(window) + " timestamptz");
        }
        return Sql.commaSeparated(columns);
    }

    public static String drop(RegisteredView view) {
        return "drop function if exists " + OfflineNames.windowFunction(view);
    }
}
