package dev.asof.materialization;

import dev.asof.online.NodeMark;
import dev.asof.postgres.ResultValues;
import dev.asof.shared.Timestamps;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Which Redis processes are in service: what Postgres knows of them, and what it takes to bring one up to date. */
@Repository
class OnlineService {

    /**
     * The record as it is now.
     *
     * @param store this offline store's id
     * @param tokens of the marks of the processes in service
     * @param nextTransaction no transaction that has begun has a greater number
     * @param revision of the registry
     */
    record Current(String store, long generation, Set<String> tokens, long nextTransaction, long revision) {

        boolean includes(NodeMark mark) {
            return mark.store().equals(store) && tokens.contains(mark.token());
        }
    }

    private static final String READ = """
        select id::text, generation, online, revision,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_transaction
        from asof.store, asof.registry_revision
        """;

    private static final String LOCK = READ + " for update of store";

    private static final String ADOPT = """
        update asof.store set generation = :generation, online = cast(:tokens as text[]), adopted_in = pg_current_xact_id()
        """;

    /** Batches of sources that are gone owe nothing. */
    private static final String OWE_AGAIN = """
        insert into asof.online_work (batch_id, source, due_at, revision, xid)
        select batch.id, batch.source, :now, registry.revision, batch.xid
        from asof.batch, asof.registry_revision as registry
        where batch.xid >= :since::text::xid8 and batch.accepted > 0
            and exists (select from asof.definition where kind = 'source' and name = batch.source)
        on conflict (batch_id) do nothing
        """;

    /** Without waiting for whoever is paying some of it. */
    private static final String DUE_NOW = """
        update asof.online_work set due_at = :now where batch_id in (
            select batch_id from asof.online_work where due_at > :now for update skip locked)
        """;

    private static final String IS_PAID = """
        select not exists (
            select from asof.online_work as work, asof.store
            where work.xid < store.adopted_in and work.written_generation is distinct from store.generation)
        """;

    private static final String CHECKPOINT = """
        select least(
            pg_snapshot_xmin(pg_current_snapshot()),
            (select min(xid) from asof.online_work),
            (select min(xid) from asof.left_out))::text::bigint
        """;

    private final JdbcClient jdbc;
    private final Clock clock;

    OnlineService(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    Current read() {
        return jdbc.sql(READ).query(OnlineService::current).single();
    }

    /** Keeps the record from others until the current transaction ends: whoever strikes off work waits. */
    Current lock() {
        return jdbc.sql(LOCK).query(OnlineService::current).single();
    }

    private static Current current(ResultSet result, int row) throws SQLException {
        return new Current(
                result.getString("id"),
                result.getLong("generation"),
                Set.copyOf(ResultValues.texts(result, "online")),
                result.getLong("next_transaction"),
                result.getLong("revision"));
    }

    /** Takes processes into service, and all others out of it. */
    void adopt(long generation, Collection<String> tokens) {
        jdbc.sql(ADOPT)
                .param("generation", generation)
                .param("tokens", tokens.toArray(String[]::new))
                .update();
    }

    /** Has every batch of a transaction, and of those begun after it, brought online again. */
    int oweAgain(long since) {
        return jdbc.sql(OWE_AGAIN).param("since", since).param("now", now()).update();
    }

    /** Has everything brought online that waits for another try. */
    void dueNow() {
        jdbc.sql(DUE_NOW).param("now", now()).update();
    }

    /** Whether everything that was owed when a process was last taken into service has been brought online since. */
    boolean isPaid() {
        return jdbc.sql(IS_PAID).query(Boolean.class).single();
    }

    /** The transaction before which everything that ever will be committed is online at this moment. */
    long checkpoint() {
        return jdbc.sql(CHECKPOINT).query(Long.class).single();
    }

    private OffsetDateTime now() {
        return Timestamps.truncated(clock.instant()).atOffset(ZoneOffset.UTC);
    }
}
