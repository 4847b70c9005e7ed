package dev.asof.materialization;

import dev.asof.jobs.JobKind;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobState;
import dev.asof.jobs.JobStore;
import dev.asof.jobs.JobTable;
import dev.asof.jobs.JobTables;
import dev.asof.offline.LogPosition;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ViewVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
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
class MaterializationJobs implements JobStore {

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

    private static final String DONE_SINCE = """
        select distinct view, version from asof.materialization
        where state = 'done' and finished_in >= :since::text::xid8
        """;

    private static final String HOLD = """
        select id from asof.materialization
        where id = :id and run = :run and state = 'running' and position_row = :position for update
        """;

    private static final String EXPECT = "rows_total = :rows";
    private static final String ADVANCE = "position_row = :position, rows_done = rows_done + :rows";
    private static final String COUNT = "rows_done = rows_done + :rows";

    private static final String DONE = """
        rows_total = greatest(rows_total, rows_done), finished_in = pg_current_xact_id()
        """;

    private static final String OF_VERSION = "view = :view and version = :version";

    /** A rebuild has no position to go on from, and so counts again. */
    private static final JobKind KIND = new JobKind(
            "materialization",
            "asof.materialization",
            true,
            "rows_done = case kind when 'online_rebuild' then 0 else rows_done end",
            new JobKind.Listing(
                    "feature_view",
                    "view",
                    "version",
                    "rows_done",
                    "case when state = 'done' or rows_total > 0 then rows_total end",
                    "'/materializations/' || id"),
            new JobKind.Tasks("asof.scheduled_tasks", "materialization"));

    private final NamedParameterJdbcTemplate jdbc;
    private final JobTable table;

    MaterializationJobs(DataSource dataSource, JobTables tables) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.table = tables.of(KIND);
    }

    @Override
    public JobTable table() {
        return table;
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
        table.withdrawAll("needed_by is not null", "needed_by = null");
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

    /** Says how many rows there are to do. */
    void expect(JobRun run, long rows) {
        table.progress(run, EXPECT, Map.of("rows", rows));
    }

    /**
     * Keeps the job as it is until the current transaction ends.
     *
     * @return whether the run may go on: the job was not cancelled meanwhile, and nobody else has brought it further
     */
    boolean hold(JobRun run, LogPosition position) {
        return !jdbc.queryForList(HOLD, Map.of("id", run.job(), "run", run.number(), "position", position.value()))
                .isEmpty();
    }

    /** Moves a job that is held. */
    void advance(JobRun run, LogPosition position, long rows) {
        table.progress(run, ADVANCE, Map.of("position", position.value(), "rows", rows));
    }

    /** Whether the run may go on: the job was not cancelled meanwhile. */
    boolean count(JobRun run, long rows) {
        return table.progress(run, COUNT, Map.of("rows", rows));
    }

    boolean done(JobRun run) {
        return table.done(run, DONE, Map.of());
    }

    void cancel(ViewVersion version) {
        table.cancelAll(OF_VERSION, Map.of("view", version.view().value(), "version", version.version()));
    }

    private Map<String, Object> parameters(ViewVersion version) {
        var parameters = new HashMap<String, Object>();
        parameters.put("view", version.view().value());
        parameters.put("version", version.version());
        parameters.put("now", table.now());
        return parameters;
    }

    private static MaterializationJob job(ResultSet result, int row) throws SQLException {
        return new MaterializationJob(
                result.getLong("id"),
                MaterializationKind.valueOf(result.getString("kind").toUpperCase(java.util.Locale.ROOT)),
                new ViewVersion(new FeatureViewName(result.getString("view")), result.getInt("version")),
                JobState.of(result.getString("state")),
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
