package dev.asof.materialization;

import dev.asof.online.FencingTokens;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The outbox from Postgres to the online store: what committed batches still owe it, one record a batch in {@code
 * asof.online_work}, written in the batch's own transaction.
 */
@Repository
class OnlineOutbox {

    /**
     * What one batch owes.
     *
     * @param writtenThrough its rows of events up to here are online; empty when none is
     * @param revision the registry of this revision or a later one tells which versions the batch feeds
     */
    record Owed(BatchId batch, SourceName source, Optional<Instant> writtenThrough, long revision) {}

    private static final String RECORD = """
        insert into asof.online_work (batch_id, source, due_at, revision)
        select id, :source, :due_at, registry.revision
        from unnest(:batches) as id, asof.registry_revision as registry
        """;

    /** What is written through says nothing of an online store that was replaced since. */
    private static final String SELECT = """
        select batch_id, source, revision, case when written_generation = (select generation from asof.store)
            then written_through end as written_through
        from asof.online_work
        """;

    private static final String DUE = SELECT + """
        where due_at <= :now and source <> all(:except) order by due_at, batch_id limit :limit for update skip locked
        """;

    private static final String LOCK = SELECT + """
        where batch_id = any(:batches) for update skip locked
        """;

    /** Waits for whoever is just replacing a process, and is waited for. */
    private static final String IN_SERVICE = """
        select generation from asof.store where online @> cast(:tokens as text[]) for share
        """;

    private static final String DONE = """
        with in_service as (%s)
        delete from asof.online_work using in_service where batch_id = any(:batches)
        """.formatted(IN_SERVICE);

    private static final String POSTPONE = """
        with in_service as (%s)
        update asof.online_work
        set written_through = :written_through, written_generation = in_service.generation, due_at = :due_at
        from in_service where batch_id = any(:batches)
        """.formatted(IN_SERVICE);

    private static final String RETRY = """
        update asof.online_work set due_at = :due_at where batch_id = any(:batches)
        """;

    /** Whoever is paying it already has it until its end. */
    private static final String HOLD = """
        update asof.online_work set due_at = :due_at where batch_id in (
            select batch_id from asof.online_work where batch_id = any(:batches) for update skip locked)
        """;

    private static final String IS_OWED = """
        select exists (
            select from asof.online_work
            where batch_id between :first and :last and written_through is null)
        """;

    private final NamedParameterJdbcTemplate jdbc;
    private final TransactionTemplate ofItsOwn;

    OnlineOutbox(DataSource dataSource, PlatformTransactionManager transactions) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.ofItsOwn = new TransactionTemplate(transactions);
        this.ofItsOwn.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    void record(SourceName source, Collection<BatchId> batches, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("source", source.value());
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        jdbc.update(RECORD, parameters);
    }

    /** What is due and nobody is paying, but for some sources. */
    List<Owed> due(Instant now, int limit, Collection<SourceName> except) {
        String[] sources = except.stream().map(SourceName::value).toArray(String[]::new);
        return jdbc.query(
                DUE,
                Map.of("now", now.atOffset(ZoneOffset.UTC), "limit", limit, "except", sources),
                OnlineOutbox::owed);
    }

    /** What of it is still owed, kept from other servers until the transaction ends. */
    List<Owed> lock(Collection<BatchId> batches) {
        return jdbc.query(LOCK, parameters(batches), OnlineOutbox::owed);
    }

    private static Owed owed(ResultSet result, int row) throws SQLException {
        return new Owed(
                new BatchId(result.getLong("batch_id")),
                new SourceName(result.getString("source")),
                Optional.ofNullable(result.getObject("written_through", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                result.getLong("revision"));
    }

    /** A deleted source owes nothing. */
    void forget(SourceName source) {
        jdbc.update("delete from asof.online_work where source = :source", Map.of("source", source.value()));
    }

    /**
     * Whether rows that were written are online, which then holds until the current transaction ends: else a process
     * that took them was replaced, and they have to be written again.
     */
    boolean isOnline(FencingTokens written) {
        return !jdbc.queryForList(IN_SERVICE, Map.of("tokens", tokens(written)), Long.class)
                .isEmpty();
    }

    /** Whether nothing is online yet of some of these batches. */
    boolean isOwed(BatchId first, BatchId last) {
        return Boolean.TRUE.equals(
                jdbc.queryForObject(IS_OWED, Map.of("first", first.value(), "last", last.value()), Boolean.class));
    }

    /** Strikes batches off, unless their rows were written to a process that was replaced. */
    void done(Collection<BatchId> batches, FencingTokens written) {
        var parameters = parameters(batches);
        parameters.put("tokens", tokens(written));
        jdbc.update(DONE, parameters);
    }

    /** Leaves what falls due later, unless the rows up to now were written to a process that was replaced. */
    void postpone(Collection<BatchId> batches, FencingTokens written, Instant writtenThrough, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("tokens", tokens(written));
        parameters.put("written_through", writtenThrough.atOffset(ZoneOffset.UTC));
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        jdbc.update(POSTPONE, parameters);
    }

    /** Has another try made later. */
    void retry(Collection<BatchId> batches, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        jdbc.update(RETRY, parameters);
    }

    /** Leaves batches to whoever is bringing them online, until then, whatever transaction that is in; waits for nobody. */
    void hold(Collection<BatchId> batches, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        ofItsOwn.executeWithoutResult(_ -> jdbc.update(HOLD, parameters));
    }

    private static String[] tokens(FencingTokens written) {
        return written.tokens().toArray(String[]::new);
    }

    private static Map<String, @Nullable Object> parameters(Collection<BatchId> batches) {
        var parameters = new HashMap<String, @Nullable Object>();
        parameters.put("batches", batches.stream().map(BatchId::value).toArray(Long[]::new));
        return parameters;
    }
}
