package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.registry.RegisteredView;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The function of a view version that finds a key's row as of an instant: rules A1 to A4 in SQL ({@code HistoryCopy} has
 * them for copies). Pure: text out, nothing run.
 */
public final class RowFunctionStatements {

    private RowFunctionStatements() {}

    /**
     * The winning row with its timestamps. One plain select without {@code strict} or security clauses, so that the planner
     * inlines it into a lateral join and folds defaulted arguments away. Batches are named that don't count, not those that
     * do: the planner can't tell how many rows a multirange holds and takes it for few, which makes it read and sort whole
     * histories.
     */
    public static String create(RegisteredView view) {
        int asOf = view.keys().size() + 1;
        String keysMatch =
                numbered(view.keys().stream().map(RegisteredView.Key::name).toList());
        String withinTtl = view.ttl()
                .map(ttl -> " and h.event_timestamp >= $%s - %s".formatted(asOf, interval(ttl)))
                .orElse("");
        return """
            create function %1$s(%2$s)
            returns table (event_timestamp timestamptz, known_timestamp timestamptz, %3$s)
            language sql stable parallel safe
            as $asof$
            select w.event_timestamp, w.known_timestamp, %4$s
            from (
                select h.* from %5$s h
                where %6$sh.event_timestamp <= $%7$s%8$s and h.event_timestamp >= $%12$s
                  and (not $%9$s or h.event_timestamp < $%7$s)
                  and ($%10$s is null or h.known_timestamp <= $%10$s)
                  and ($%11$s is null or not h.batch_id <@ $%11$s)
                order by h.event_timestamp desc, h.row_sequence desc
                limit 1) w
            where not w.deleted
            $asof$
            """.formatted(
                        OfflineNames.rowFunction(view),
                        AsOfSignature.parameters(view) + ", not_before timestamptz default '-infinity'",
                        AsOfSignature.columns(view, view.rowFeatures()),
                        view.rowFeatures().stream()
                                .map(feature -> "w." + quoted(feature.name()))
                                .collect(Collectors.joining(", ")),
                        OfflineNames.historyView(view),
                        keysMatch,
                        asOf,
                        withinTtl,
                        asOf + 1,
                        asOf + 2,
                        asOf + 3,
                        asOf + 4);
    }

    private static String numbered(List<String> keys) {
        var matches = new StringBuilder();
        for (int i = 0; i < keys.size(); i++) {
            matches.append("h.")
                    .append(quoted(keys.get(i)))
                    .append(" = $")
                    .append(i + 1)
                    .append(" and ");
        }
        return matches.toString();
    }

    /** Seconds, never days: an interval of days would follow the session's clock changes. */
    private static String interval(Duration ttl) {
        return String.format(Locale.ROOT, "interval '%s.%06d seconds'", ttl.getSeconds(), ttl.getNano() / 1_000);
    }

    public static String drop(RegisteredView view) {
        return "drop function if exists " + OfflineNames.rowFunction(view);
    }
}
