package dev.asof.jobs;

import dev.asof.shared.Timestamps;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Where the jobs of a kind stand. Each change says from which states it leads: what comes too late, as a run was
 * cancelled, resumed or ended by another server meanwhile, changes nothing and is told so. What a kind has to keep with
 * a change are assignments with named parameters of its own; {@code id}, {@code run}, {@code state}, {@code error} and
 * {@code now} are taken.
 */
public final class JobTable {

    private static final String CHANGE = """
        update %s set state = :state, updated_at = :now%s
        where %s and state in (%s)
        """;

    /** Of the jobs that a change ended. */
    private static final String ENDED = " returning id, state, %s as subject, %s as version, error";

    private static final String COUNT_FAILURE = """
        update %s set failures = failures + 1 where %s returning failures
        """;

    private static final String IS_RUNNING = """
        select exists (select from %s where %s and state = 'running')
        """;

    /** What runs already was begun by another server, of before this column if it says no time. */
    private static final String BEGIN = """
        error = null,
        started_at = case when state = 'pending' then coalesce(started_at, :now) else started_at end,
        """;

    private static final String RESUME = "run = run + 1, failures = 0, error = null, started_at = null";
    private static final String JOB = "id = :id";

    private static final List<JobState> UNDER_WAY = List.of(JobState.PENDING, JobState.RUNNING);
    private static final List<JobState> AT_WORK = List.of(JobState.RUNNING);
    private static final List<JobState> NOT_DONE =
            List.of(JobState.PENDING, JobState.RUNNING, JobState.FAILED, JobState.CANCELLED);
    private static final List<JobState> ENDED_EARLY = List.of(JobState.FAILED, JobState.CANCELLED);

    private final JobKind kind;
    private final JdbcClient jdbc;
    private final Clock clock;
    private final TransactionTemplate transaction;
    private final ApplicationEventPublisher events;
    private final String run;
    private final String ended;

    JobTable(
            JobKind kind,
            JdbcClient jdbc,
            Clock clock,
            TransactionTemplate transaction,
            ApplicationEventPublisher events) {
        this.kind = kind;
        this.jdbc = jdbc;
        this.clock = clock;
        this.transaction = transaction;
        this.events = events;
        this.ended = ENDED.formatted(kind.listing().subject(), kind.listing().version());
        this.run = kind.isResumable() ? "id = :id and run = :run" : JOB;
    }

    JobKind kind() {
        return kind;
    }

    /** Whether a run may begin, or begin again: the job has neither ended nor been resumed. */
    public boolean start(JobRun of) {
        return change(JobState.RUNNING, BEGIN + kind.anew(), run, UNDER_WAY, of, Map.of()) == 1;
    }

    /** Keeps how far a run is; whether it may go on. */
    public boolean progress(JobRun of, String set, Map<String, ? extends @Nullable Object> parameters) {
        return change(JobState.RUNNING, set, run, AT_WORK, of, parameters) == 1;
    }

    /** Whether a run is still wanted. */
    public boolean isRunning(JobRun of) {
        return statement(IS_RUNNING.formatted(kind.table(), run), of)
                .query(Boolean.class)
                .single();
    }

    /** Whether a run ends by being done, with the current transaction. Whatever ends a job publishes {@link JobEnded}. */
    public boolean done(JobRun of, String set, Map<String, ? extends @Nullable Object> parameters) {
        return end(statement(ending(JobState.DONE, set, run, AT_WORK), of).params(parameters), JobState.DONE) == 1;
    }

    /** Gives a run up. */
    public void fail(JobRun of, String error) {
        fail(of, error, "", Map.of());
    }

    public void fail(JobRun of, String error, String set, Map<String, ? extends @Nullable Object> parameters) {
        String assignments = set.isEmpty() ? "error = :error" : "error = :error, " + set;
        var named = new HashMap<String, @Nullable Object>(parameters);
        named.put("error", error);
        end(statement(ending(JobState.FAILED, assignments, run, UNDER_WAY), of).params(named), JobState.FAILED);
    }

    /** How often a run has failed by itself, now that it has once more. */
    int countFailure(JobRun of) {
        return statement(COUNT_FAILURE.formatted(kind.table(), run), of)
                .query(Integer.class)
                .optional()
                .orElse(1);
    }

    /** False when the job has ended. */
    public boolean cancel(long id) {
        return end(statement(ending(JobState.CANCELLED, "", JOB, UNDER_WAY)).param("id", id), JobState.CANCELLED) == 1;
    }

    /** Cancels the jobs of a condition, which has named parameters. */
    public void cancelAll(String where, Map<String, ?> parameters) {
        end(statement(ending(JobState.CANCELLED, "", where, UNDER_WAY)).params(parameters), JobState.CANCELLED);
    }

    /** Cancels the jobs of a condition that aren't done, also those that failed, and keeps assignments with that. */
    public void withdrawAll(String where, String set) {
        end(statement(ending(JobState.CANCELLED, set, where, NOT_DONE)), JobState.CANCELLED);
    }

    /** The job's next run; empty when it neither failed nor was cancelled. */
    public Optional<JobRun> resume(long id) {
        return statement(sql(JobState.PENDING, RESUME, JOB, ENDED_EARLY) + " returning run", JobRun.only(id))
                .param("state", JobState.PENDING.text())
                .query((result, _) -> new JobRun(id, result.getInt("run")))
                .optional();
    }

    private int change(
            JobState to,
            String set,
            String where,
            List<JobState> from,
            JobRun of,
            Map<String, ? extends @Nullable Object> parameters) {
        return statement(sql(to, set, where, from), of)
                .param("state", to.text())
                .params(parameters)
                .update();
    }

    /** Ends jobs and tells of each, in one transaction: the current one, where there is one. */
    private int end(JdbcClient.StatementSpec ending, JobState to) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var jobs = ending.param("state", to.text())
                    .query((result, _) -> ended(result))
                    .list();
            jobs.forEach(events::publishEvent);
            return jobs.size();
        }));
    }

    private JobEnded ended(ResultSet result) throws SQLException {
        var version = result.getObject("version", Integer.class);
        return new JobEnded(
                kind.name(),
                result.getLong("id"),
                JobState.of(result.getString("state")),
                kind.listing().about(),
                result.getString("subject"),
                version == null ? OptionalInt.empty() : OptionalInt.of(version),
                Optional.ofNullable(result.getString("error")));
    }

    private String sql(JobState to, String set, String where, List<JobState> from) {
        String states = from.stream().map(state -> "'" + state.text() + "'").collect(Collectors.joining(", "));
        return CHANGE.formatted(kind.table(), set.isEmpty() ? "" : ", " + set, where, states);
    }

    private String ending(JobState to, String set, String where, List<JobState> from) {
        return sql(to, set, where, from) + ended;
    }

    private JdbcClient.StatementSpec statement(String sql) {
        return jdbc.sql(sql).param("now", now());
    }

    private JdbcClient.StatementSpec statement(String sql, JobRun of) {
        return statement(sql).param("id", of.job()).param("run", of.number());
    }

    /** The time by which this table is kept. */
    public OffsetDateTime now() {
        return Timestamps.truncated(clock.instant()).atOffset(ZoneOffset.UTC);
    }
}
