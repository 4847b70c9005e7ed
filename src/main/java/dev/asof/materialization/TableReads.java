package dev.asof.materialization;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.jobs.JobKind;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobState;
import dev.asof.jobs.JobStore;
import dev.asof.jobs.JobTable;
import dev.asof.jobs.JobTables;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The reads of table sources there are and were, and when the scheduled ones are due. */
@Repository
class TableReads implements JobStore {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<List<Violation>> VIOLATIONS = new TypeReference<>() {};

    private static final String CREATE = """
        insert into asof.table_read (source, cause, state, created_at, updated_at)
        values (:source, :cause, 'pending', :now, :now)
        on conflict (source) where state in ('pending', 'running') do nothing
        returning id
        """;

    private static final String FIND = "select * from asof.table_read where id = :id";

    private static final String OF_SOURCE = """
        select * from asof.table_read where source = :source order by id desc limit 100
        """;

    private static final String FORGET = """
        with schedules as (delete from asof.table_schedule where source = :source)
        delete from asof.table_read where source = :source
        """;

    private static final String PLANNED = "select source, schedule, due_at from asof.table_schedule";

    /** A schedule that is new, or new to its source, counts from now. */
    private static final String PLAN = """
        insert into asof.table_schedule (source, schedule, due_at) values (:source, :schedule, :due_at)
        on conflict (source) do update set schedule = excluded.schedule, due_at = excluded.due_at
        where asof.table_schedule.schedule <> excluded.schedule
        """;

    private static final String POSTPONE = """
        update asof.table_schedule set due_at = :due_at where source = :source and due_at <= :now
        """;

    private static final String PROGRESS = "rows_read = :rows_read";

    private static final String DONE = """
        rows_read = :rows_read, new_rows = :new_rows, changed_rows = :changed_rows,
        vanished_rows = :vanished_rows, quarantined = :quarantined, batch_id = :batch_id
        """;

    private static final String FAILED = "violations = :violations";
    private static final String OF_ONE_SOURCE = "source = :source";

    private static final JobKind KIND = new JobKind(
            "table_read",
            "asof.table_read",
            false,
            "rows_read = 0",
            new JobKind.Listing(
                    "source",
                    "source",
                    "null::integer",
                    "rows_read",
                    "case when state = 'done' then rows_read end",
                    "'/table-reads/' || id"),
            new JobKind.Tasks("asof.scheduled_tasks", "table-read"));

    private final NamedParameterJdbcTemplate jdbc;
    private final JobTable table;

    TableReads(DataSource dataSource, JobTables tables) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.table = tables.of(KIND);
    }

    @Override
    public JobTable table() {
        return table;
    }

    /** Empty when a read of the source is under way. */
    Optional<JobRun> create(SourceName source, TableRead.Cause cause) {
        return jdbc
                .queryForList(
                        CREATE,
                        Map.of(
                                "source", source.value(),
                                "cause", cause.name().toLowerCase(Locale.ROOT),
                                "now", table.now()),
                        Long.class)
                .stream()
                .map(JobRun::only)
                .findFirst();
    }

    Optional<TableRead> find(long id) {
        return jdbc.query(FIND, Map.of("id", id), TableReads::read).stream().findFirst();
    }

    List<TableRead> ofSource(SourceName source) {
        return jdbc.query(OF_SOURCE, Map.of("source", source.value()), TableReads::read);
    }

    /** Whether the read may go on: it was not cancelled meanwhile. */
    boolean progress(JobRun run, long rowsRead) {
        return table.progress(run, PROGRESS, Map.of("rows_read", rowsRead));
    }

    /** False when the read was cancelled, or ended by another server, meanwhile. */
    boolean done(JobRun run, TableReadOutcome outcome) {
        var parameters = new HashMap<String, @Nullable Object>();
        parameters.put("rows_read", outcome.rowsRead());
        parameters.put("new_rows", outcome.newRows());
        parameters.put("changed_rows", outcome.changedRows());
        parameters.put("vanished_rows", outcome.vanishedRows());
        parameters.put("quarantined", outcome.quarantined());
        parameters.put("batch_id", outcome.batch().map(BatchId::value).orElse(null));
        return table.done(run, DONE, parameters);
    }

    void fail(JobRun run, String error, List<Violation> violations) {
        table.fail(run, error, FAILED, Map.of("violations", JSON.writeValueAsString(violations)));
    }

    void cancelAll(SourceName source) {
        table.cancelAll(OF_ONE_SOURCE, Map.of("source", source.value()));
    }

    void forget(SourceName source) {
        jdbc.update(FORGET, Map.of("source", source.value()));
    }

    /** When the sources are read next, as far as that is known. */
    Map<SourceName, Planned> planned() {
        var planned = new HashMap<SourceName, Planned>();
        jdbc.query(PLANNED, result -> {
            planned.put(
                    new SourceName(result.getString("source")),
                    new Planned(result.getString("schedule"), instant(result, "due_at")));
        });
        return planned;
    }

    /** When a source is read next by a schedule that it had when that was planned. */
    record Planned(String schedule, Instant dueAt) {}

    /** Keeps when a source is read next, unless that is known. */
    void plan(SourceName source, String schedule, Instant dueAt) {
        jdbc.update(
                PLAN, Map.of("source", source.value(), "schedule", schedule, "due_at", dueAt.atOffset(ZoneOffset.UTC)));
    }

    /** Whether a source is due now; it is due again when given. Only one of several servers is told so. */
    boolean isDue(SourceName source, Instant now, Instant next) {
        return jdbc.update(
                        POSTPONE,
                        Map.of(
                                "source", source.value(),
                                "now", now.atOffset(ZoneOffset.UTC),
                                "due_at", next.atOffset(ZoneOffset.UTC)))
                == 1;
    }

    private static TableRead read(ResultSet result, int row) throws SQLException {
        return new TableRead(
                result.getLong("id"),
                new SourceName(result.getString("source")),
                TableRead.Cause.valueOf(result.getString("cause").toUpperCase(Locale.ROOT)),
                JobState.of(result.getString("state")),
                result.getLong("rows_read"),
                result.getLong("new_rows"),
                result.getLong("changed_rows"),
                result.getLong("vanished_rows"),
                result.getLong("quarantined"),
                Optional.ofNullable(result.getObject("batch_id", Long.class)).map(BatchId::new),
                Optional.ofNullable(result.getString("error")),
                JSON.readValue(result.getString("violations"), VIOLATIONS),
                instant(result, "created_at"),
                instant(result, "updated_at"));
    }

    private static Instant instant(ResultSet result, String column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }
}
