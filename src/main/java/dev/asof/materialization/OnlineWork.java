package dev.asof.materialization;

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

/** What committed batches still owe the online store, one record a batch. */
@Repository
class OnlineWork {

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

    private static final String DUE = """
            select batch_id, source, written_through, revision from asof.online_work
            where due_at <= :now order by due_at, batch_id limit :limit for update skip locked
            """;

    private static final String LOCK = """
            select batch_id, source, written_through, revision from asof.online_work
            where batch_id = any(:batches) for update skip locked
            """;

    private static final String DONE = "delete from asof.online_work where batch_id = any(:batches)";

    private static final String POSTPONE = """
            update asof.online_work set written_through = coalesce(:written_through, written_through), due_at = :due_at
            where batch_id = any(:batches)
            """;

    private final NamedParameterJdbcTemplate jdbc;

    OnlineWork(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    void record(SourceName source, Collection<BatchId> batches, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("source", source.value());
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        jdbc.update(RECORD, parameters);
    }

    /** What is due and nobody is paying. */
    List<Owed> due(Instant now, int limit) {
        return jdbc.query(DUE, Map.of("now", now.atOffset(ZoneOffset.UTC), "limit", limit), OnlineWork::owed);
    }

    /** What of it is still owed, kept from other servers until the transaction ends. */
    List<Owed> lock(Collection<BatchId> batches) {
        return jdbc.query(LOCK, parameters(batches), OnlineWork::owed);
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

    void done(Collection<BatchId> batches) {
        jdbc.update(DONE, parameters(batches));
    }

    /** @param writtenThrough null to leave as it is */
    void postpone(Collection<BatchId> batches, @Nullable Instant writtenThrough, Instant dueAt) {
        var parameters = parameters(batches);
        parameters.put("written_through", writtenThrough == null ? null : writtenThrough.atOffset(ZoneOffset.UTC));
        parameters.put("due_at", dueAt.atOffset(ZoneOffset.UTC));
        jdbc.update(POSTPONE, parameters);
    }

    private static Map<String, @Nullable Object> parameters(Collection<BatchId> batches) {
        var parameters = new HashMap<String, @Nullable Object>();
        parameters.put("batches", batches.stream().map(BatchId::value).toArray(Long[]::new));
        return parameters;
    }
}
