package dev.asof.materialization;

import dev.asof.jobs.JobState;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The gauges of pending work: counts it every few seconds, in a thread of its own: a scrape reads what was counted last
 * and never waits for Postgres. What was pending when Postgres was last seen goes on ageing. Every server reports the
 * same figures.
 */
@Component
class WorkSurvey implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final int QUERY_TIMEOUT_SECONDS = 5;

    /**
     * A batch of which nothing is online yet lags; one that waits for events ahead of the clock does not. A failed
     * job counts until another of its version follows.
     */
    private static final String COUNT = """
        select
            (select count(*) from asof.online_work) as batches,
            (select accepted_at from asof.batch where id =
                (select min(batch_id) from asof.online_work where written_through is null)) as lags_since,
            (select count(*) from asof.materialization where state = 'pending') as pending,
            (select count(*) from asof.materialization where state = 'running') as running,
            (select count(*) from asof.materialization as job where state = 'failed' and not exists (
                select from asof.materialization as later
                where later.view = job.view and later.version = job.version and later.id > job.id)) as failed
        """;

    private record Counted(
            long batches, Optional<Instant> lagsSince, long pending, long running, long failed, Instant at) {}

    private final JdbcClient jdbc;
    private final Clock clock;
    private volatile Counted counted;
    private final BackgroundLoop counting;

    WorkSurvey(JdbcClient jdbc, Clock clock, MeterRegistry registry, BackgroundLoops loops) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.counting = loops.every(INTERVAL, "work-survey", () -> counted = count());
        this.counted = new Counted(0, Optional.empty(), 0, 0, 0, clock.instant());
        Gauge.builder("asof.online.pending", () -> counted.batches())
                .description("Accepted batches that the online store is still owed rows of")
                .baseUnit("batches")
                .register(registry);
        seconds(
                registry,
                "asof.ingestion.lag",
                "Since the oldest batch was accepted that is not online; 0 with none",
                () -> counted.lagsSince().map(this::since).orElse(0L));
        seconds(
                registry,
                "asof.survey.age",
                "Since pending work was last counted: grows while Postgres is away",
                () -> since(counted.at()));
        jobs(registry, JobState.PENDING, Counted::pending);
        jobs(registry, JobState.RUNNING, Counted::running);
        jobs(registry, JobState.FAILED, Counted::failed);
    }

    private static void seconds(MeterRegistry registry, String name, String description, Supplier<Number> millis) {
        TimeGauge.builder(name, millis, TimeUnit.MILLISECONDS)
                .description(description)
                .register(registry);
    }

    private void jobs(MeterRegistry registry, JobState state, ToLongFunction<Counted> count) {
        Gauge.builder("asof.materialization.jobs", () -> count.applyAsLong(counted))
                .description("Backfills and rebuilds; failed ones until another of their version follows")
                .baseUnit("jobs")
                .tag("state", state.text())
                .register(registry);
    }

    private long since(Instant instant) {
        return Math.max(0, Duration.between(instant, clock.instant()).toMillis());
    }

    @Override
    public void start() {
        counting.start();
    }

    private Counted count() {
        return jdbc.sql(COUNT)
                .withQueryTimeout(QUERY_TIMEOUT_SECONDS)
                .query(this::counted)
                .single();
    }

    private Counted counted(ResultSet result, int row) throws SQLException {
        return new Counted(
                result.getLong("batches"),
                Optional.ofNullable(result.getObject("lags_since", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                result.getLong("pending"),
                result.getLong("running"),
                result.getLong("failed"),
                clock.instant());
    }

    @Override
    public void stop() {
        counting.stop();
    }

    @Override
    public boolean isRunning() {
        return counting.isRunning();
    }
}
