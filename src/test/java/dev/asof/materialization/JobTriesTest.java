package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A job waits an outage of the store out; how often it failed by itself is counted with it. */
@AsofServerTest
class JobTriesTest {

    /** Postgres's for a full disk. */
    private static final String OUTAGE = "53100";

    private static final String FAULT = "P0001";

    /** The jobs there are, each with the table that keeps it and the column that has its name. */
    private enum Job {
        BACKFILL("asof.materialization", "view"),
        TABLE_READ("asof.table_read", "source"),
        DATASET("asof.training_dataset", "name");

        private final String table;
        private final String column;

        Job(String table, String column) {
            this.table = table;
            this.column = column;
        }

        String subject() {
            return "tries_" + name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private JdbcClient jdbc;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    @Test
    void anOutageCostsAJobNoTries() {
        var before = new EnumMap<Job, Long>(Job.class);
        for (Job job : Job.values()) {
            prepare(job);
            failsToEnd(job, FAULT);
            start(job);
        }
        for (Job job : Job.values()) {
            Eventually.until(() -> failures(job) == 1, () -> job + ": its own failure is counted");
            failsToEnd(job, OUTAGE);
            before.put(job, tries(job));
        }
        for (Job job : Job.values()) {
            Eventually.until(
                    () -> tries(job) >= Objects.requireNonNull(before.get(job)) + 3,
                    () -> job + ": tried " + tries(job) + " times");
            assertThat(failures(job)).as(job.toString()).isOne();
            assertThat(state(job)).as(job.toString()).isEqualTo("running");
            Eventually.until(() -> !listed(job).get("next_try_at").isNull(), () -> "it waits: " + listed(job));
            assertThat(listed(job).get("state").asString()).isEqualTo("running");
            assertThat(listed(job).get("failures").asInt()).isOne();
            assertThat(listed(job).get("finished_at").isNull()).isTrue();
            jdbc.sql("drop trigger %s on %s".formatted(job.subject(), job.table))
                    .update();
        }
        for (Job job : Job.values()) {
            Eventually.until(() -> state(job).equals("done"), () -> job + ": " + state(job));
        }
    }

    private void prepare(Job job) {
        switch (job) {
            case BACKFILL, DATASET -> {
                var readings = new Readings(api, dataSource, "tries_of_" + job.subject()).defineSource();
                readings.defineView("{name: amount, column: amount}").expect(200);
                readings.send(List.of(Readings.reading("m1", Instant.parse("2026-01-01T00:00:00Z"), 1)))
                        .expect(200);
            }
            case TABLE_READ -> api.apply("""
                kind: source
                name: %s
                type: table
                query: select timestamptz '2026-01-01Z' as at
                read: append
                columns: [{name: at, type: TIMESTAMP}]
                event_timestamp: at
                """.formatted(job.subject())).expect(200);
        }
    }

    private void start(Job job) {
        String name = "tries_of_" + job.subject();
        switch (job) {
            case BACKFILL -> api.apply("""
                {kind: feature_view, name: %s, entities: [], source: %s_rows, features: [{name: x, column: amount}]}
                """.formatted(job.subject(), name)).expect(200);
            case TABLE_READ ->
                api.post("/sources/%s/reads".formatted(job.subject()), "application/json", "")
                        .expect(202);
            case DATASET ->
                api.postJson(
                                "/training-datasets",
                                Map.of(
                                        "name", job.subject(),
                                        "features", List.of(name + "_view:amount"),
                                        "spine",
                                                Map.of(
                                                        "rows",
                                                        List.of(Map.of(
                                                                "meter", "m1", "as_of", "2026-01-02T00:00:00Z")))))
                        .expect(202);
        }
    }

    /** Has the job fail when it would be done; how often is counted in a sequence, which no rollback takes back. */
    private void failsToEnd(Job job, String state) {
        jdbc.sql("create sequence if not exists public.%s".formatted(job.subject()))
                .update();
        jdbc.sql("""
            create or replace function public.%1$s() returns trigger language plpgsql as $$ begin
                perform nextval('public.%1$s');
                raise exception 'as planned' using errcode = '%2$s';
            end $$
            """.formatted(job.subject(), state)).update();
        jdbc.sql("""
            create or replace trigger %1$s before update on %2$s for each row
            when (new.state = 'done' and new.%3$s = '%1$s') execute function public.%1$s()
            """.formatted(job.subject(), job.table, job.column)).update();
    }

    /** The job in the list of all jobs. */
    private JsonNode listed(Job job) {
        return api.get("/jobs?state=running&page_size=500&kind=" + job.table.substring("asof.".length()))
                .expect(200)
                .json()
                .get("items")
                .valueStream()
                .filter(item -> item.get("about").get("name").asString().equals(job.subject()))
                .findFirst()
                .orElseThrow();
    }

    private long tries(Job job) {
        return jdbc.sql("select case when is_called then last_value else 0 end from public." + job.subject())
                .query(Long.class)
                .single();
    }

    private int failures(Job job) {
        return jdbc.sql("select coalesce(max(failures), 0) from %s where %s = '%s'"
                        .formatted(job.table, job.column, job.subject()))
                .query(Integer.class)
                .single();
    }

    private String state(Job job) {
        return jdbc.sql("select state from %s where %s = '%s'".formatted(job.table, job.column, job.subject()))
                .query(String.class)
                .single();
    }
}
