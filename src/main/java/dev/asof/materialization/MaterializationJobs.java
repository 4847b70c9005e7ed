package dev.asof.materialization;

import dev.asof.offline.LogPosition;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;

/** The materialization jobs there are and were. */
@Repository
class MaterializationJobs {

    private static final String CREATE = """
        insert into asof.materialization
            (kind, view, version, state, through_batch, rows_total, created_at, updated_at)
        values (:kind, :view, :version, 'pending', :through_batch, 0, :now, :now)
        returning id
        """;

    private static final String FIND = "select * from asof.materialization where id = :id";

    private static final String OF_VIEW = """
        select * from asof.materialization where view = :view order by id desc limit 100
        """;

    private static final String NEED = "update asof.materialization set needed_by = :generation where id = :id";

    private static final String NEEDED = """
        select * from asof.materialization where needed_by is not null and state <> 'done'
        """;

    private static final String FORGET_NEEDED = """
        update asof.materialization set state = 'cancelled', needed_by = null, updated_at = :now
        where needed_by is not null and state <> 'done'
        """;

    private static final String DONE_SINCE = """
        select distinct view, version from asof.materialization
        where state = 'done' and finished_in >= :since::text::xid8
        """;

    /** A rebuild has no position to go on from, and so counts again. */
    private static final String START = """
        update asof.materialization
        set state = 'running', error = null, updated_at = :now,
            rows_done = case kind when 'online_rebuild' then 0 else rows_done end
        where id = :id and run = :run and state in ('pending', 'running')
        """;

    private static final String EXPECT = """
        update asof.materialization set rows_total = :rows where id = :id and run = :run
        """;

    private static final String HOLD = """
        select id from asof.materialization
        where id = :id and run = :run and state = 'running' and position_row = :position for update
        """;

    private static final String COUNT_FAILURE = """
        update asof.materialization set failures = failures + 1 where id = :id and run = :run returning failures
        """;

    private static final String RESUME = """
        update asof.materialization
        set state = 'pending', run = run + 1, failures = 0, error = null, updated_at = :now
        where id = :id and state in ('failed', 'cancelled')
        returning run
        """;

    private static final String ADVANCE = """
        update asof.materialization
        set position_row = :position, rows_done = rows_done + :rows, updated_at = :now
        where id = :id
        """;

    private static final String COUNT = """
        update asof.materialization set rows_done = rows_done + :rows, updated_at = :now
        where id = :id and run = :run and state = 'running'
        """;

    private static final String DONE = """
        update asof.materialization
        set state = 'done', rows_total = greatest(rows_total, rows_done), finished_in = pg_current_xact_id(),
            updated_at = :now
        where id = :id and run = :run and state = 'running'
        """;

    private static final String FAILED = """
        update asof.materialization set state = 'failed', error = :error, updated_at = :now
        where id = :id and run = :run and state in ('pending', 'running')
        """;

    private static final String CANCEL = """
        update asof.materialization set state = 'cancelled', updated_at = :now
        where id = :id and state in ('pending', 'running')
        """;

    private static final String CANCEL_VERSION = """
        update asof.materialization set state = 'cancelled', updated_at = :now
        where view = :view and version = :version and state in ('pending', 'running')
        """;

    private final NamedParameterJdbcTemplate jdbc;
    private final Clock clock;

    MaterializationJobs(DataSource dataSource, Clock clock) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.clock = clock;
    }

    /** @param through the last batch that counts; how many rows that makes is counted when the job runs */
    JobRun createBackfill(ViewVersion version, BatchId through) {
        return create(MaterializationKind.BACKFILL, version, through);
    }

    JobRun createRebuild(ViewVersion version) {
        return create(MaterializationKind.ONLINE_REBUILD, version, new BatchId(0));
    }

    private JobRun create(MaterializationKind kind, ViewVersion version, BatchId through) {
        var parameters = parameters(version);
        parameters.put("kind", kind.column());
        parameters.put("through_batch", through.value());
        return new JobRun(Objects.requireNonNull(jdbc.queryForObject(CREATE, parameters, Long.class)), 1);
    }

    /** A rebuild without which an online store of this generation isn't complete. */
    JobRun createNeeded(ViewVersion version, long generation) {
        JobRun run = createRebuild(version);
        jdbc.update(NEED, Map.of("id", run.job(), "generation", generation));
        return run;
    }

    /** The rebuilds that the online store is incomplete without. */
    List<MaterializationJob> needed() {
        return jdbc.query(NEEDED, MaterializationJobs::job);
    }

    /** Cancels the rebuilds that the online store needs, as it needs others. */
    void forgetNeeded() {
        jdbc.update(FORGET_NEEDED, Map.of("now", now()));
    }

    /** The versions that a job brought online in a transaction or one begun after it. */
    List<ViewVersion> doneSince(long transaction) {
        return jdbc.query(
                DONE_SINCE,
                Map.of("since", transaction),
                (result, _) ->
                        new ViewVersion(new FeatureViewName(result.getString("view")), result.getInt("version")));
    }

    Optional<MaterializationJob> find(long id) {
        return jdbc.query(FIND, Map.of("id", id), MaterializationJobs::job).stream()
                .findFirst();
    }

    List<MaterializationJob> ofView(FeatureViewName view) {
        return jdbc.query(OF_VIEW, Map.of("view", view.value()), MaterializationJobs::job);
    }

    /** Whether the job may run: it is neither ended nor cancelled. */
    boolean start(JobRun run) {
        return jdbc.update(START, parameters(run)) == 1;
    }

    /** Says how many rows there are to do. */
    void expect(JobRun run, long rows) {
        var parameters = parameters(run);
        parameters.put("rows", rows);
        jdbc.update(EXPECT, parameters);
    }

    /** The job's next run; empty when it is neither failed nor cancelled. */
    Optional<JobRun> resume(long id) {
        return jdbc.query(RESUME, parameters(id), (result, _) -> new JobRun(id, result.getInt("run"))).stream()
                .findFirst();
    }

    /**
     * Keeps the job as it is until the current transaction ends.
     *
     * @return whether the run may go on: the job was not cancelled meanwhile, and nobody else has brought it further
     */
    boolean hold(JobRun run, LogPosition position) {
        var parameters = parameters(run);
        parameters.put("position", position.value());
        return !jdbc.queryForList(HOLD, parameters).isEmpty();
    }

    /** Moves a job that is held. */
    void advance(JobRun run, LogPosition position, long rows) {
        var parameters = parameters(run);
        parameters.put("position", position.value());
        parameters.put("rows", rows);
        jdbc.update(ADVANCE, parameters);
    }

    /** Whether the run may go on: the job was not cancelled meanwhile. */
    boolean count(JobRun run, long rows) {
        var parameters = parameters(run);
        parameters.put("rows", rows);
        return jdbc.update(COUNT, parameters) == 1;
    }

    boolean done(JobRun run) {
        return jdbc.update(DONE, parameters(run)) == 1;
    }

    /** How often the run has failed by itself, now that it has once more. */
    int failed(JobRun run) {
        return jdbc.queryForList(COUNT_FAILURE, parameters(run), Integer.class).stream()
                .findFirst()
                .orElse(1);
    }

    /** Gives a job up, until somebody resumes it. */
    void fail(JobRun run, String error) {
        var parameters = parameters(run);
        parameters.put("error", error);
        jdbc.update(FAILED, parameters);
    }

    boolean cancel(long id) {
        return jdbc.update(CANCEL, parameters(id)) == 1;
    }

    void cancel(ViewVersion version) {
        jdbc.update(CANCEL_VERSION, parameters(version));
    }

    private Map<String, Object> parameters(long id) {
        var parameters = new HashMap<String, Object>();
        parameters.put("id", id);
        parameters.put("now", now());
        return parameters;
    }

    private Map<String, Object> parameters(JobRun run) {
        var parameters = parameters(run.job());
        parameters.put("run", run.number());
        return parameters;
    }

    private Map<String, Object> parameters(ViewVersion version) {
        var parameters = new HashMap<String, Object>();
        parameters.put("view", version.view().value());
        parameters.put("version", version.version());
        parameters.put("now", now());
        return parameters;
    }

    private OffsetDateTime now() {
        return Timestamps.truncated(clock.instant()).atOffset(ZoneOffset.UTC);
    }

    private static MaterializationJob job(ResultSet result, int row) throws SQLException {
        return new MaterializationJob(
                result.getLong("id"),
                MaterializationKind.valueOf(result.getString("kind").toUpperCase(java.util.Locale.ROOT)),
                new ViewVersion(new FeatureViewName(result.getString("view")), result.getInt("version")),
                MaterializationState.ofColumn(result.getString("state")),
                new BatchId(result.getLong("through_batch")),
                new LogPosition(result.getLong("position_row")),
                result.getLong("rows_done"),
                result.getLong("rows_total"),
                Optional.ofNullable(result.getString("error")),
                instant(result, "created_at"),
                instant(result, "updated_at"));
    }

    private static Instant instant(ResultSet result, String column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }
}
