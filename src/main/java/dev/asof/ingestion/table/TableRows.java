package dev.asof.ingestion.table;

import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;

/**
 * What was read of table sources, and its comparison with what a table holds now. A read stages the whole table in
 * temporary tables of its transaction, so that Postgres compares however many rows there are.
 */
@Repository
class TableRows {

    private static final String BEGIN = """
        insert into asof.table_source (source, columns, fingerprint) values (:source, :columns, :fingerprint)
        on conflict do nothing
        """;

    /** Rows of {@code asof.table_row} may go on to refer to it meanwhile. */
    private static final String FIND_ALONE = """
        select id, columns, fingerprint from asof.table_source where source = :source for no key update
        """;

    private static final List<String> TEMPORARY = List.of("""
        create temporary table table_read_staged (
            n bigint primary key, identity bytea not null, content bytea not null, old_identity bytea,
            old_content bytea, raw text not null, refused_column text, refused text)
        on commit drop
        """, """
        create temporary table table_read_candidate (
            place bigint primary key, identity bytea not null, copy integer not null, content bytea not null,
            copies integer not null, row_sequence bigint, event_timestamp timestamptz, quarantined bigint,
            is_retry boolean not null, raw text not null, refused_column text, refused text)
        on commit drop
        """, """
        create temporary table table_read_outcome (
            place bigint primary key, row_sequence bigint, event_timestamp timestamptz, quarantined bigint,
            retry boolean not null)
        on commit drop
        """, """
        create temporary table table_read_vanished (
            place bigint primary key, identity bytea not null, row_sequence bigint, event_timestamp timestamptz,
            quarantined bigint)
        on commit drop
        """);

    /** Of rows that are alike in all values, as many are new as there are more than were read. */
    private static final String COMPARE_APPENDED = """
        insert into table_read_candidate
        select row_number() over (order by s.n), s.identity, s.copy, s.content, 1,
               r.row_sequence, r.event_timestamp, r.quarantined, r.identity is not null,
               staged.raw, staged.refused_column, staged.refused
        from (select n, identity, content,
                     (row_number() over (partition by identity order by n))::integer as copy
              from table_read_staged) s
        join table_read_staged staged on staged.n = s.n
        left join asof.table_row r
            on r.source_id = :source_id and r.identity = s.identity and r.copy = s.copy
        where r.identity is null or r.retry
        """;

    /** Rows that share a row_id are one that can't be told; that there are more of them is part of its content. */
    private static final String COMPARE_SNAPSHOT = """
        insert into table_read_candidate
        select row_number() over (order by s.n), s.identity, 1, s.content, s.copies,
               r.row_sequence, r.event_timestamp, r.quarantined, r.content is not distinct from s.content,
               staged.raw, staged.refused_column, staged.refused
        from (select n, identity, copies,
                     case copies when 1 then content
                          else substring(sha256(content || int4send(copies)) for 16) end as content
              from (select n, identity, content,
                           row_number() over (partition by identity order by content, n) as copy,
                           (count(*) over (partition by identity))::integer as copies
                    from table_read_staged) numbered
              where copy = 1) s
        join table_read_staged staged on staged.n = s.n
        left join asof.table_row r
            on r.source_id = :source_id and r.identity = s.identity and r.copy = 1
        where r.identity is null or r.content <> s.content or r.retry
        """;

    private static final String FIND_VANISHED = """
        insert into table_read_vanished
        select row_number() over (), r.identity, r.row_sequence, r.event_timestamp, r.quarantined
        from asof.table_row r
        where r.source_id = :source_id and r.content <> ''::bytea
          and not exists (select from table_read_staged s where s.identity = r.identity)
        """;

    /** The next ones, but for the first only as many as there is room for. */
    private static final String CANDIDATES = """
        select place, copies, row_sequence, event_timestamp, is_retry,
               case when is_retry then quarantined end as waits_as, raw, refused_column, refused
        from (select *, sum(octet_length(raw)) over (order by place) - octet_length(raw) as bytes_before
              from table_read_candidate
              where place > :after and place <= :after + :limit) next
        where bytes_before < :bytes
        order by place
        """;

    /** Those whose row is in the log. */
    private static final String VANISHED = """
        select place, row_sequence, event_timestamp from table_read_vanished
        where row_sequence is not null and place > :after and place <= :after + :limit
        """;

    private static final String RELEASE = """
        update asof.quarantined_row q set replayed_in = :batch
        from table_read_candidate c join table_read_outcome o using (place)
        where c.is_retry and c.quarantined is not null and q.source = :source and q.replayed_in is null
          and (q.batch_id << 24) + q.row_number = c.quarantined
        """;

    private static final String SUPERSEDE = """
        delete from asof.quarantined_row q
        using (select c.quarantined from table_read_candidate c join table_read_outcome o using (place)
               where not c.is_retry
               union all
               select quarantined from table_read_vanished) gone
        where q.source = :source and q.replayed_in is null
          and (q.batch_id << 24) + q.row_number = gone.quarantined
        """;

    private static final String REMEMBER = """
        insert into asof.table_row
            (source_id, identity, copy, content, fingerprint, row_sequence, event_timestamp, quarantined, retry)
        select :source_id, c.identity, c.copy, c.content, :fingerprint, coalesce(o.row_sequence, c.row_sequence),
               coalesce(o.event_timestamp, c.event_timestamp), o.quarantined, o.retry
        from table_read_candidate c join table_read_outcome o using (place)
        on conflict (source_id, identity, copy) do update
        set content = excluded.content, row_sequence = excluded.row_sequence,
            event_timestamp = excluded.event_timestamp, quarantined = excluded.quarantined,
            retry = excluded.retry
        """;

    /**
     * Its tombstone counts from where {@link TableReadRun#delete} says. Rows that an earlier server told apart by how
     * their row_id was written are several, and gone together.
     */
    private static final String REMEMBER_VANISHED = """
        update asof.table_row r
        set content = '', quarantined = null, retry = false,
            event_timestamp = case when :dated then r.event_timestamp else greatest(r.event_timestamp, :now) end
        from table_read_vanished v
        where r.source_id = :source_id and r.identity = v.identity
        """;

    private static final String FORGET = """
        with gone as (delete from asof.table_source where source = :source returning id)
        delete from asof.table_row where source_id in (select id from gone)
        """;

    /**
     * A source's place in the record.
     *
     * @param columns that tell rows of an append source apart
     * @param hasOldFingerprints whether it may hold rows known by {@link RowFingerprint#asRead}
     */
    record Known(long id, List<String> columns, boolean hasOldFingerprints) {
        Known {
            columns = List.copyOf(columns);
        }
    }

    /**
     * A row of the table that may have to be taken.
     *
     * @param place from 1, without gaps
     * @param copies how many rows of a snapshot have its row_id
     * @param rowSequence of the row in the log that it was before
     * @param eventTimestamp of that row
     * @param isRetry whether it is the same as before and waits in quarantine
     * @param waitsAs its row sequence there, which it keeps (rule I4)
     * @param refused why it is refused, whatever the contract says
     */
    record Candidate(
            long place,
            int copies,
            Optional<Long> rowSequence,
            Optional<Instant> eventTimestamp,
            boolean isRetry,
            Optional<Long> waitsAs,
            String raw,
            Optional<Refusal> refused) {}

    /** Says of a column what is wrong with it. */
    record Refusal(String column, String message) {}

    /** A row of a snapshot that is gone, and was in the log. */
    record Vanished(long place, long rowSequence, Instant eventTimestamp) {}

    private final NamedParameterJdbcTemplate jdbc;
    private final RowCopier copier;

    TableRows(DataSource dataSource, RowCopier copier) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.copier = copier;
    }

    /** Keeps other reads of the source away until the transaction ends, and makes room for this one. */
    Known begin(SourceName source, List<String> columns) {
        jdbc.update(
                BEGIN,
                Map.of(
                        "source", source.value(),
                        "columns", columns.toArray(String[]::new),
                        "fingerprint", RowFingerprint.VERSION));
        var known = Objects.requireNonNull(jdbc.queryForObject(
                FIND_ALONE,
                Map.of("source", source.value()),
                (result, _) -> new Known(
                        result.getLong("id"),
                        ResultValues.texts(result, "columns"),
                        result.getInt("fingerprint") < RowFingerprint.VERSION)));
        TEMPORARY.forEach(jdbc.getJdbcTemplate()::execute);
        return known;
    }

    static RowBuffer stagedBuffer() {
        return new RowBuffer(
                "table_read_staged",
                List.of("n", "identity", "content", "old_identity", "old_content", "raw", "refused_column", "refused"));
    }

    /** Forgets what was staged, for a read that begins anew. */
    void emptyStage() {
        jdbc.getJdbcTemplate().execute("truncate table_read_staged");
    }

    static RowBuffer outcomeBuffer() {
        return new RowBuffer(
                "table_read_outcome", List.of("place", "row_sequence", "event_timestamp", "quarantined", "retry"));
    }

    void copy(RowBuffer buffer) {
        copier.copy(buffer);
    }

    /** Finds the rows to take among those staged; returns how many. */
    long compare(Known source, boolean isSnapshot) {
        jdbc.getJdbcTemplate().execute("analyze table_read_staged");
        if (source.hasOldFingerprints()) {
            OldFingerprints.replace(jdbc, source, isSnapshot);
        }
        int found = jdbc.update(isSnapshot ? COMPARE_SNAPSHOT : COMPARE_APPENDED, Map.of("source_id", source.id()));
        jdbc.getJdbcTemplate().execute("analyze table_read_candidate");
        return found;
    }

    /** Finds the rows that are gone; returns how many. */
    long findVanished(Known source) {
        return jdbc.update(FIND_VANISHED, Map.of("source_id", source.id()));
    }

    /** The next ones: at least one, if there are more, and otherwise so many rows and bytes at most. */
    List<Candidate> candidates(long after, int limit, int bytes) {
        return jdbc.query(
                CANDIDATES,
                Map.of("after", after, "limit", limit, "bytes", bytes),
                (result, _) -> new Candidate(
                        result.getLong("place"),
                        result.getInt("copies"),
                        Optional.ofNullable(result.getObject("row_sequence", Long.class)),
                        Optional.ofNullable(instant(result)),
                        result.getBoolean("is_retry"),
                        Optional.ofNullable(result.getObject("waits_as", Long.class)),
                        result.getString("raw"),
                        refusal(result.getString("refused_column"), result.getString("refused"))));
    }

    List<Vanished> vanished(long after, int limit) {
        return jdbc.query(
                VANISHED,
                Map.of("after", after, "limit", limit),
                (result, _) -> new Vanished(
                        result.getLong("place"),
                        result.getLong("row_sequence"),
                        Objects.requireNonNull(instant(result))));
    }

    private static Optional<Refusal> refusal(@Nullable String column, @Nullable String message) {
        return column == null || message == null ? Optional.empty() : Optional.of(new Refusal(column, message));
    }

    private static @Nullable Instant instant(ResultSet result) throws SQLException {
        var time = result.getObject("event_timestamp", OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** Makes what was read now what the next read compares with. */
    void remember(Known known, SourceName source, Optional<BatchId> batch, boolean dated, Instant now) {
        var parameters = new HashMap<String, Object>();
        parameters.put("source_id", known.id());
        parameters.put("fingerprint", RowFingerprint.VERSION);
        parameters.put("source", source.value());
        parameters.put("dated", dated);
        parameters.put("now", now.atOffset(ZoneOffset.UTC));
        batch.ifPresent(id -> {
            parameters.put("batch", id.value());
            jdbc.update(RELEASE, parameters);
        });
        jdbc.update(SUPERSEDE, parameters);
        jdbc.update(REMEMBER, parameters);
        jdbc.update(REMEMBER_VANISHED, parameters);
    }

    void forget(SourceName source) {
        jdbc.update(FORGET, Map.of("source", source.value()));
    }
}
