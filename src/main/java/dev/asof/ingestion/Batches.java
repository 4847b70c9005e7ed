package dev.asof.ingestion;

import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;

/** The batches that were accepted. */
@Repository
class Batches {

    private static final String BEGIN = """
            insert into asof.batch (source, accepted_at, accepted, quarantined)
            values (:source, :accepted_at, :accepted, :quarantined) returning id
            """;

    private static final String FINISH = """
            update asof.batch set accepted = :accepted, quarantined = :quarantined where id = :id
            """;

    private final NamedParameterJdbcTemplate jdbc;

    Batches(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    /** Gives a batch its id, which must happen after its source was shared: a backfill goes by ids. */
    BatchId begin(SourceName source, Instant acceptedAt, BatchTally soFar) {
        Long id = jdbc.queryForObject(
                BEGIN,
                Map.of(
                        "source", source.value(),
                        "accepted_at", acceptedAt.atOffset(ZoneOffset.UTC),
                        "accepted", soFar.accepted(),
                        "quarantined", soFar.refused()),
                Long.class);
        return new BatchId(java.util.Objects.requireNonNull(id));
    }

    void finish(BatchId batch, BatchTally tally) {
        jdbc.update(
                FINISH,
                Map.of("id", batch.value(), "accepted", tally.accepted(), "quarantined", tally.refused()));
    }
}
