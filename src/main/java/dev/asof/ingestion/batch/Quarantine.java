package dev.asof.ingestion.batch;

import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.ingestion.contract.RowViolation;
import dev.asof.postgres.RowBuffer;
import dev.asof.shared.BatchId;
import dev.asof.shared.RowSequence;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The rows that broke their contract, until they are sent again. */
@Repository
public class Quarantine {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<List<RowViolation>> VIOLATIONS = new TypeReference<>() {};

    private static final String WAITING = """
        select id, batch_id, row_number, raw, violations, received_at from asof.quarantined_row
        where source = :source and replayed_in is null and id > :after and (:all or id = any(:ids))
        order by id limit :limit
        """;

    private static final String WAITING_LOCKED = WAITING.stripTrailing() + " for update skip locked";

    private static final String COUNT = """
        select count(*) from asof.quarantined_row where source = :source and replayed_in is null
        """;

    private static final String REPLAYED = """
        update asof.quarantined_row set replayed_in = :batch where id = any(:ids)
        """;

    private static final String STILL_BAD = """
        update asof.quarantined_row set violations = :violations where id = :id
        """;

    /** A row in quarantine. */
    record Entry(long id, long batchId, long rowNumber, String raw, List<RowViolation> violations, Instant receivedAt) {

        /** Its place among rows of the same event timestamp. */
        long sequence() {
            return RowSequence.of(new BatchId(batchId), rowNumber);
        }
    }

    private final NamedParameterJdbcTemplate jdbc;

    Quarantine(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    static RowBuffer buffer() {
        return new RowBuffer(
                "asof.quarantined_row",
                List.of("source", "batch_id", "row_number", "raw", "violations", "received_at"));
    }

    static void append(
            RowBuffer buffer, SourceName source, BatchId batch, IncomingRow.Refused row, Instant receivedAt) {
        buffer.startRow()
                .text(source.value())
                .int64(batch.value())
                .int64(row.number())
                .text(row.raw().replace("\0", "\\u0000"))
                .text(JSON.writeValueAsString(row.violations()).replace("\0", "\\u0000"))
                .timestamp(receivedAt);
    }

    List<Entry> waiting(SourceName source, long after, int limit) {
        return query(WAITING, source, after, Optional.empty(), limit);
    }

    /** Waiting rows, all or those asked for, kept from other replays until the transaction ends. */
    List<Entry> lockWaiting(SourceName source, Optional<Collection<Long>> ids, int limit) {
        return query(WAITING_LOCKED, source, 0, ids, limit);
    }

    private List<Entry> query(String sql, SourceName source, long after, Optional<Collection<Long>> ids, int limit) {
        var parameters = new HashMap<String, Object>();
        parameters.put("source", source.value());
        parameters.put("after", after);
        parameters.put("limit", limit);
        parameters.put("all", ids.isEmpty());
        parameters.put("ids", ids.map(chosen -> chosen.toArray(Long[]::new)).orElseGet(() -> new Long[0]));
        return jdbc.query(sql, parameters, Quarantine::entry);
    }

    private static Entry entry(ResultSet result, int row) throws SQLException {
        return new Entry(
                result.getLong("id"),
                result.getLong("batch_id"),
                result.getLong("row_number"),
                result.getString("raw"),
                JSON.readValue(result.getString("violations"), VIOLATIONS),
                Timestamps.truncated(
                        result.getObject("received_at", OffsetDateTime.class).toInstant()));
    }

    public void forget(SourceName source) {
        jdbc.update("delete from asof.quarantined_row where source = :source", Map.of("source", source.value()));
    }

    long count(SourceName source) {
        Long count = jdbc.queryForObject(COUNT, Map.of("source", source.value()), Long.class);
        return count == null ? 0 : count;
    }

    void markReplayed(Collection<Long> ids, BatchId batch) {
        jdbc.update(REPLAYED, Map.of("batch", batch.value(), "ids", ids.toArray(Long[]::new)));
    }

    void keep(long id, List<RowViolation> violations) {
        jdbc.update(STILL_BAD, Map.of("id", id, "violations", JSON.writeValueAsString(violations)));
    }
}
