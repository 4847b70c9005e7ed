package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchFeed;
import dev.asof.ingestion.BatchKind;
import dev.asof.postgres.ResultValues;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Follows {@code asof.batch} up to the id below which every batch has committed or never will. */
@Repository
class SettledBatchFeed implements BatchFeed {

    private static final String POSITION = """
        select position from asof.batch_follower where name = :follower for update skip locked
        """;

    /** Looks first whether it is there: an insert would wait for whoever moves it. */
    private static final String INTRODUCE = """
        insert into asof.batch_follower (name, position)
        select :follower, 0 where not exists (select from asof.batch_follower where name = :follower)
        on conflict do nothing returning position
        """;

    private static final String NEXT = """
        select id, source, kind, accepted_at, accepted, quarantined from asof.batch
        where id > :position and id <= (select through_id from asof.settled_batches)
        order by id limit :limit
        """;

    private static final String MOVE = "update asof.batch_follower set position = :position where name = :follower";

    private final JdbcClient jdbc;

    SettledBatchFeed(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<AcceptedBatch> next(String follower, int limit) {
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("From 1 to %s batches, not %s".formatted(MOST, limit));
        }
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("Batches are followed in a transaction of the follower's");
        }
        return lock(follower).map(position -> next(follower, position, limit)).orElse(List.of());
    }

    /** Empty while another transaction has it. */
    private Optional<Long> lock(String follower) {
        return position(POSITION, follower).or(() -> position(INTRODUCE, follower));
    }

    private Optional<Long> position(String sql, String follower) {
        return jdbc.sql(sql).param("follower", follower).query(Long.class).optional();
    }

    private List<AcceptedBatch> next(String follower, long position, int limit) {
        var batches = jdbc.sql(NEXT)
                .param("position", position)
                .param("limit", limit)
                .query(SettledBatchFeed::batch)
                .list();
        if (!batches.isEmpty()) {
            jdbc.sql(MOVE)
                    .param("follower", follower)
                    .param("position", batches.getLast().id().value())
                    .update();
        }
        return batches;
    }

    private static AcceptedBatch batch(ResultSet result, int row) throws SQLException {
        return new AcceptedBatch(
                new BatchId(result.getLong("id")),
                new SourceName(result.getString("source")),
                Optional.ofNullable(result.getString("kind")).map(BatchKind::ofColumn),
                ResultValues.instant(result, 4),
                result.getLong("accepted"),
                result.getLong("quarantined"));
    }
}
