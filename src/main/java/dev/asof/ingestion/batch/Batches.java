package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchKind;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;

/** The batches that were accepted. */
@Repository
class Batches {

    /** The transaction has its number before it takes ids, which is what tells later that no lower one is to come. */
    private static final String BEGIN = """
        with own as materialized (select pg_current_xact_id() as xid)
        insert into asof.batch (source, kind, accepted_at, accepted, quarantined, xid)
        select :source, :kind, :accepted_at, accepted, quarantined, own.xid
        from own, unnest(:accepted, :quarantined) with ordinality as batches (accepted, quarantined, place)
        order by place returning id
        """;

    private static final String FINISH = """
        update asof.batch set accepted = :accepted, quarantined = :quarantined where id = :id
        """;

    private final NamedParameterJdbcTemplate jdbc;

    Batches(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    /**
     * Gives batches their ids, in order, which must happen after their source was shared: a backfill goes by ids.
     *
     * @param soFar what is known of each batch
     */
    List<BatchId> begin(SourceName source, BatchKind kind, Instant acceptedAt, List<BatchTally> soFar) {
        return jdbc.query(
                BEGIN,
                Map.of(
                        "source", source.value(),
                        "kind", kind.column(),
                        "accepted_at", acceptedAt.atOffset(ZoneOffset.UTC),
                        "accepted", soFar.stream().map(BatchTally::accepted).toArray(Long[]::new),
                        "quarantined", soFar.stream().map(BatchTally::refused).toArray(Long[]::new)),
                (result, row) -> new BatchId(result.getLong("id")));
    }

    void finish(BatchId batch, BatchTally tally) {
        jdbc.update(FINISH, Map.of("id", batch.value(), "accepted", tally.accepted(), "quarantined", tally.refused()));
    }
}
