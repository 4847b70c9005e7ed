package dev.asof.materialization.tile;

import dev.asof.online.Publication;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The rows that are missing from online values because their event was ahead of the clock of whoever read them (rule T2), by
 * batch. Clocks differ, so the batch may count as online already: its own record says nothing of those who publish later.
 */
@Repository
public class LeftOutRows {

    /**
     * Rows of a batch that some keys lack online.
     *
     * @param after of events up to here none is missing
     */
    public record LeftOut(long viewId, BatchId batch, Instant after) {}

    /** In one order, so that no two wait for each other. */
    private static final String RECORD = """
        insert into asof.left_out (view_id, batch_id, source, publication, after, due_at, xid)
        select :view, batch.id, batch.source, :publication, :after, missing.due_at, batch.xid
        from unnest(:batches, cast(:due as timestamptz[])) as missing (batch_id, due_at) join asof.batch on batch.id = missing.batch_id
        order by batch.id
        on conflict (view_id, batch_id) do update set
            publication = greatest(left_out.publication, excluded.publication),
            after = least(left_out.after, excluded.after),
            due_at = least(left_out.due_at, excluded.due_at)
        """;

    private static final String DUE = """
        select view_id, batch_id, after from asof.left_out where due_at <= :now order by due_at, view_id, batch_id limit :limit
        """;

    private static final String DONE = """
        delete from asof.left_out where view_id = :view and batch_id = any(:batches) and publication <= :publication
        """;

    private static final String POSTPONE = """
        update asof.left_out set after = :after, due_at = :due
        where view_id = :view and batch_id = :batch and publication <= :publication
        """;

    private final NamedParameterJdbcTemplate jdbc;
    private final TransactionTemplate alone;

    LeftOutRows(DataSource dataSource, PlatformTransactionManager transactions) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.alone = new TransactionTemplate(transactions);
        this.alone.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * Records, at once and for good, what is left out of values that are about to be written.
     *
     * @param first the first event of each batch that is left out
     * @param now the others were left out because they are later
     */
    void record(RegisteredView view, Publication publication, Map<BatchId, Instant> first, Instant now) {
        var sorted = new TreeMap<Long, Instant>();
        first.forEach((batch, event) -> sorted.put(batch.value(), event));
        var parameters = new HashMap<String, Object>();
        parameters.put("view", view.id());
        parameters.put("publication", publication.number());
        parameters.put("after", timestamp(now));
        parameters.put("batches", sorted.keySet().toArray(Long[]::new));
        parameters.put("due", sorted.values().stream().map(Timestamps::format).toArray(String[]::new));
        alone.executeWithoutResult(_ -> jdbc.update(RECORD, parameters));
    }

    /** What is due. */
    public List<LeftOut> due(Instant now, int limit) {
        return jdbc.query(
                DUE,
                Map.of("now", timestamp(now), "limit", limit),
                (result, _) -> new LeftOut(
                        result.getLong(1),
                        new BatchId(result.getLong(2)),
                        result.getObject(3, OffsetDateTime.class).toInstant()));
    }

    /** Strikes off what a publication brought, unless a later one left rows out again. */
    public void done(long viewId, Collection<BatchId> batches, long publication) {
        jdbc.update(
                DONE,
                Map.of(
                        "view",
                        viewId,
                        "batches",
                        batches.stream().map(BatchId::value).toArray(Long[]::new),
                        "publication",
                        publication));
    }

    /** The same, where a batch has rows that are later still. */
    public void postpone(long viewId, BatchId batch, long publication, Instant after, Instant dueAt) {
        jdbc.update(
                POSTPONE,
                Map.of(
                        "view",
                        viewId,
                        "batch",
                        batch.value(),
                        "publication",
                        publication,
                        "after",
                        timestamp(after),
                        "due",
                        timestamp(dueAt)));
    }

    /** A version that is retired lacks nothing. */
    public void forget(long viewId) {
        jdbc.update("delete from asof.left_out where view_id = :view", Map.of("view", viewId));
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
