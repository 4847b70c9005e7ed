package dev.asof.offline.schema;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which rows of a key count for its aggregates at an instant, in SQL (rule W4). With a row id the row of an id that was
 * accepted last is the row, whatever its key and event time; without one a tombstone cuts off what came before it. It is said
 * here alone. Pure: text out, nothing run.
 *
 * <p>What a row has to be looked up for is asked by a subquery with {@code offset 0}, which the planner answers by the index
 * for each row: taken for a join, it might read whole tables.
 *
 * @param relation that the rows are read from
 * @param asOf the instant, an expression
 * @param admitted the condition on what may be seen of the rows with an alias ({@code strict} left out); true if all may
 * @param before the condition of {@code strict} on the rows with an alias; true without
 */
public record CountedRows(
        RegisteredView view,
        ViewAggregates aggregates,
        String relation,
        String asOf,
        UnaryOperator<String> admitted,
        UnaryOperator<String> before) {

    /** The condition that holds for the rows of an alias that count, of those up to the instant; begins with {@code and}. */
    public String condition(String alias) {
        return "and not %1$s.deleted and %2$s and %3$s and "
                        .formatted(alias, admitted.apply(alias), before.apply(alias))
                + (aggregates.rowId().isEmpty() ? isAfterCut(alias) : isLastOfId(alias));
    }

    private String isLastOfId(String alias) {
        String sameId = OfflineNames.rowId(aggregates).stream()
                .map(column -> "later.%1$s = %2$s.%1$s and ".formatted(column, alias))
                .collect(Collectors.joining());
        return """
            not exists (
                select from %s later
                where %slater.row_sequence > %s.row_sequence and %s
                offset 0)\
            """.formatted(relation, sameId, alias, admitted.apply("later"));
    }

    private String isAfterCut(String alias) {
        return "(cut.row_sequence is null or (%1$s.event_timestamp, %1$s.row_sequence) > (cut.event_timestamp, cut.row_sequence))"
                .formatted(alias);
    }

    /**
     * What has to be joined before the rows, to anything that gives one row: the key's newest tombstone; nothing with a row id.
     *
     * @param keysMatch the condition on the keys of the rows with an alias; ends with {@code and}
     */
    public String cut(UnaryOperator<String> keysMatch) {
        return aggregates.rowId().isEmpty()
                ? """
                left join lateral (
                    select c.event_timestamp, c.row_sequence from %s c
                    where %sc.event_timestamp <= %s and c.deleted and %s and %s
                    order by c.event_timestamp desc, c.row_sequence desc
                    limit 1) cut on true
                """.formatted(relation, keysMatch.apply("c"), asOf, admitted.apply("c"), before.apply("c"))
                : "";
    }

    /** The least event timestamp that can count, from one that is given: no need to read what is before the cut. */
    public String from(String earliest) {
        return aggregates.rowId().isEmpty() ? "greatest(%s, cut.event_timestamp)".formatted(earliest) : earliest;
    }
}
