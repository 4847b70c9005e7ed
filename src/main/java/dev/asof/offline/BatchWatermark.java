package dev.asof.offline;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.time.Duration;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The low watermark of batches, in {@code asof.settled_batches}: the id up to which every batch has committed or never
 * will, so that {@link VisibleBatches} reads the few above it instead of every batch there ever was. Any server may
 * move it, and it only grows.
 */
@Component
class BatchWatermark implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private static final String NEWEST = """
        select case when is_called then last_value else 0 end from asof.batch_id_seq
        """;

    private static final String IS_BEHIND = """
        select through_id < :newest or candidate_id > through_id from asof.settled_batches
        """;

    /**
     * Every batch up to the candidate had its transaction's number when the candidate's was given. All before the oldest
     * that runs have ended.
     */
    private static final String SETTLE = """
        update asof.settled_batches set through_id = candidate_id
        where candidate_id > through_id and candidate_xid < pg_snapshot_xmin(pg_current_snapshot())
        """;

    /** Also instead of one from another cluster, whose transactions had greater numbers: a dump was loaded. */
    private static final String PROPOSE = """
        update asof.settled_batches set candidate_id = :newest, candidate_xid = pg_current_xact_id()
        where :newest > through_id and (candidate_id <= through_id or candidate_xid > pg_current_xact_id())
        """;

    private final JdbcClient jdbc;
    private final BackgroundLoop moving;

    BatchWatermark(JdbcClient jdbc, BackgroundLoops loops) {
        this.jdbc = jdbc;
        this.moving = loops.every(INTERVAL, "settled-batches", this::move);
    }

    /**
     * Moves the point to the newest batch of the time of an earlier call, if all that ran then have ended; to the newest
     * there is, if nothing runs. Writes nothing while no batch comes. Statements commit one by one: the newest id is read
     * before the transaction begins whose number says which others are older.
     */
    void move() {
        long newest = jdbc.sql(NEWEST).query(Long.class).single();
        if (!jdbc.sql(IS_BEHIND).param("newest", newest).query(Boolean.class).single()) {
            return;
        }
        jdbc.sql(SETTLE).update();
        if (jdbc.sql(PROPOSE).param("newest", newest).update() > 0) {
            jdbc.sql(SETTLE).update();
        }
    }

    @Override
    public void start() {
        moving.start();
    }

    @Override
    public void stop() {
        moving.stop();
    }

    @Override
    public boolean isRunning() {
        return moving.isRunning();
    }
}
