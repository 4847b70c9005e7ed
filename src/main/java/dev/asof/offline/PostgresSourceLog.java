package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/** Source logs in Postgres, in the layout of {@link OfflineNames}. */
@Component
class PostgresSourceLog implements SourceLog {

    private static final int FETCH_SIZE = 2_000;

    private static final String BATCHES = """
        select id, accepted + quarantined as rows from asof.batch
        where source = :source and id >= :first and id <= :through and accepted > 0
        order by id limit :limit
        """;

    private final NamedParameterJdbcTemplate jdbc;

    PostgresSourceLog(DataSource dataSource) {
        var template = new JdbcTemplate(dataSource);
        template.setFetchSize(FETCH_SIZE);
        this.jdbc = new NamedParameterJdbcTemplate(template);
    }

    @Override
    public RowBuffer buffer(RegisteredSource source) {
        var columns = new ArrayList<>(OfflineNames.LOG_SYSTEM_COLUMNS);
        source.columns().forEach(column -> columns.add(column.name()));
        return new RowBuffer(OfflineNames.log(source.definition().name()), columns);
    }

    @Override
    public void append(RowBuffer buffer, RegisteredSource source, LogRow row) {
        buffer.startRow().int64(row.batch().value()).int64(row.rowSequence()).timestamp(row.knownTimestamp());
        List<SourceColumn> columns = source.columns();
        for (int i = 0; i < columns.size(); i++) {
            buffer.value(columns.get(i).type(), row.values()[i]);
        }
    }

    @Override
    public long count(SourceName source, BatchId through) {
        Long count = jdbc.queryForObject(
                "select coalesce(sum(accepted), 0) from asof.batch where source = :source and id <= :through",
                Map.of("source", source.value(), "through", through.value()),
                Long.class);
        return count == null ? 0 : count;
    }

    @Override
    public BatchId newestBatch(SourceName source) {
        Long newest = jdbc.queryForObject(
                "select max(id) from asof.batch where source = :source and accepted > 0",
                Map.of("source", source.value()),
                Long.class);
        return new BatchId(newest == null ? 0 : newest);
    }

    private record BatchRows(BatchId id, long rows) {}

    @Override
    public Optional<LogPosition> stretchEnd(SourceName source, LogPosition after, BatchId through, int limit) {
        if (after.isWithinBatch()) {
            return batches(source, after.batch(), after.batch(), 1).stream()
                    .findFirst()
                    .map(batch -> batch.rows() > after.rowNumber() + limit
                            ? LogPosition.within(batch.id(), after.rowNumber() + limit)
                            : LogPosition.endOf(batch.id()))
                    .or(() -> stretchEnd(source, LogPosition.endOf(after.batch()), through, limit));
        }
        long rows = 0;
        Optional<LogPosition> end = Optional.empty();
        for (BatchRows batch : batches(source, new BatchId(after.batch().value() + 1), through, limit)) {
            rows += batch.rows();
            if (rows > limit) {
                return end.isPresent() || batch.rows() <= limit
                        ? end
                        : Optional.of(LogPosition.within(batch.id(), limit));
            }
            end = Optional.of(LogPosition.endOf(batch.id()));
        }
        return end;
    }

    private List<BatchRows> batches(SourceName source, BatchId first, BatchId through, int limit) {
        return jdbc.query(
                BATCHES,
                Map.of("source", source.value(), "first", first.value(), "through", through.value(), "limit", limit),
                (result, row) -> new BatchRows(new BatchId(result.getLong("id")), result.getLong("rows")));
    }

    @Override
    public void read(RegisteredSource source, LogPosition after, LogPosition end, Consumer<LogRow> rows) {
        String bounds = """
            where batch_id between :first and :last and row_sequence > :after and row_sequence <= :end
            order by batch_id, row_sequence
            """;
        long batch = after.batch().value();
        jdbc.query(
                selectLog(source) + bounds,
                Map.of(
                        "first",
                        after.isWithinBatch() ? batch : batch + 1,
                        "last",
                        end.batch().value(),
                        "after",
                        after.isWithinBatch() ? after.value() : 0,
                        "end",
                        end.value()),
                result -> {
                    rows.accept(logRow(source, result));
                });
    }

    @Override
    public void read(RegisteredSource source, Collection<Long> rowSequences, Consumer<LogRow> rows) {
        jdbc.query(
                selectLog(source) + "join unnest(:row_sequences) as wanted (row_sequence) using (row_sequence)",
                Map.of("row_sequences", rowSequences.toArray(Long[]::new)),
                result -> {
                    rows.accept(logRow(source, result));
                });
    }

    private static String selectLog(RegisteredSource source) {
        return "select batch_id, row_sequence, known_timestamp%s from %s\n"
                .formatted(
                        source.columns().stream()
                                .map(column -> ", " + quoted(column.name()))
                                .collect(Collectors.joining()),
                        OfflineNames.log(source.definition().name()));
    }

    private static LogRow logRow(RegisteredSource source, ResultSet result) throws SQLException {
        List<SourceColumn> columns = source.columns();
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ResultValues.read(result, i + 4, columns.get(i).type());
        }
        return new LogRow(new BatchId(result.getLong(1)), result.getLong(2), ResultValues.instant(result, 3), values);
    }

    @Override
    public Map<BatchId, Instant> nextEvents(RegisteredSource source, Collection<BatchId> batches, Instant after) {
        var parameters = BatchFilter.parameters(batches);
        parameters.put("after", after.atOffset(ZoneOffset.UTC));
        String eventTimestamp = quoted(source.definition().eventTimestamp());
        var next = new HashMap<BatchId, Instant>();
        jdbc.query(
                "select batch_id, min(%s) from %s where %s and %s > :after group by batch_id"
                        .formatted(
                                eventTimestamp,
                                OfflineNames.log(source.definition().name()),
                                BatchFilter.CONDITION,
                                eventTimestamp),
                parameters,
                result -> {
                    next.put(new BatchId(result.getLong(1)), ResultValues.instant(result, 2));
                });
        return next;
    }
}
