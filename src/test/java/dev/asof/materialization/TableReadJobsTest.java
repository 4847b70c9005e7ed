package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.Eventually;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Reads as jobs, of another database: over a restart, by a schedule, and once, however many servers there are. */
class TableReadJobsTest {

    private final TestStores.Database warehouse = TestStores.newDatabase();

    private StartedServer server(TestStores.Database database, String redis) {
        return StartedServer.on(
                database,
                redis,
                "asof.connections.warehouse.url=" + warehouse.jdbcUrl(),
                "asof.connections.warehouse.username=" + warehouse.username(),
                "asof.connections.warehouse.password=" + warehouse.password());
    }

    @Test
    void aReadGoesOnAfterARestartAndASchedulesReadRunsOnce() throws SQLException {
        inWarehouse("create table gate as select 30 as seconds");
        inWarehouse("create function nap(seconds int) returns text language sql as 'select pg_sleep(seconds)::text'");
        inWarehouse(
                "create table sales as select n, now() - n * interval '1 hour' as ts from generate_series(1, 3000) n");
        var database = TestStores.newDatabase();
        String redis = TestStores.newRedisUri();
        long interrupted;
        try (var first = server(database, redis)) {
            define(first.api(), "sales", "");
            interrupted = first.api()
                    .post("/sources/sales/reads", "application/json", "")
                    .expect(202)
                    .json()
                    .get("id")
                    .asLong();
            Eventually.until(
                    () -> job(first.api(), interrupted).get("state").asString().equals("running"),
                    () -> job(first.api(), interrupted));
        }
        inWarehouse("update gate set seconds = 0");
        try (var second = server(database, redis);
                var third = server(database, redis)) {
            var jdbc = JdbcClient.create(second.dataSource());
            awaitDone(second.api(), interrupted);
            assertThat(job(second.api(), interrupted).get("new_rows").asLong()).isEqualTo(3_000);

            define(second.api(), "monthly", "schedule: \"0 5 1 * *\"");
            Eventually.until(
                    () -> jdbc.sql("select count(*) from asof.table_schedule")
                                    .query(Long.class)
                                    .single()
                            == 1,
                    () -> "not planned");
            assertThat(reads(second.api(), "monthly"))
                    .as("not before it is due")
                    .isEmpty();
            assertThatNothingIsWrittenForSchedulesThatAreNotDue(second.api(), jdbc);
            jdbc.sql("update asof.table_schedule set due_at = now() - interval '3 months'")
                    .update();
            Eventually.until(() -> !reads(second.api(), "monthly").isEmpty(), () -> "not read");
            var read = reads(third.api(), "monthly").getFirst();
            assertThat(read.get("cause").asString()).isEqualTo("schedule");
            awaitDone(third.api(), read.get("id").asLong());
            assertThat(jdbc.sql("select count(*) from sources.monthly")
                            .query(Long.class)
                            .single())
                    .isEqualTo(3_000);
            assertThat(jdbc.sql("select count(*) from asof.table_schedule where due_at > now() and extract(day"
                                    + " from due_at at time zone 'UTC') = 1 and extract(hour from due_at at time"
                                    + " zone 'UTC') = 5")
                            .query(Long.class)
                            .single())
                    .as("and then at its next time")
                    .isOne();
            assertThat(reads(second.api(), "monthly")).hasSize(1);
        }
    }

    /** Even a row that is locked is written to. That another source is read tells that schedules were looked at. */
    private static void assertThatNothingIsWrittenForSchedulesThatAreNotDue(ApiClient api, JdbcClient jdbc) {
        String version = "select ctid || ' ' || xmin || ' ' || xmax from asof.table_schedule where source = 'monthly'";
        String before = jdbc.sql(version).query(String.class).single();
        define(api, "often", "schedule: \"0 5 1 * *\"");
        String planned = "select count(*) from asof.table_schedule where source = 'often'";
        Eventually.until(() -> jdbc.sql(planned).query(Long.class).single() == 1, () -> "not planned");
        for (int time = 1; time <= 2; time++) {
            jdbc.sql("update asof.table_schedule set due_at = now() - interval '1 day' where source = 'often'")
                    .update();
            int reads = time;
            Eventually.until(() -> reads(api, "often").size() == reads, () -> "not read");
            awaitDone(api, reads(api, "often").getFirst().get("id").asLong());
        }
        assertThat(jdbc.sql(version).query(String.class).single()).isEqualTo(before);
        String tasks = "select count(*) from asof.scheduled_tasks where task_name = 'table-schedules'";
        assertThat(jdbc.sql(tasks).query(Long.class).single()).isZero();
        api.delete("/sources/often").expect(200);
    }

    @Test
    void databasesThatHangKeepNothingElseWaiting() throws SQLException {
        inWarehouse("create table gate as select 600 as seconds");
        inWarehouse("create function nap(seconds int) returns text language sql as 'select pg_sleep(seconds)::text'");
        inWarehouse("create table sales as select 1 as n, now() as ts");
        try (var server = server(TestStores.newDatabase(), TestStores.newRedisUri())) {
            var api = server.api();
            long[] hanging = new long[4];
            for (int i = 0; i < hanging.length; i++) {
                define(api, "hanging" + i, "");
                hanging[i] = start(api, "hanging" + i);
            }
            Eventually.until(() -> running(api, hanging) == 2, () -> running(api, hanging));
            api.apply("""
                kind: source
                name: healthy
                type: table
                query: select timestamptz '2026-01-01Z' as ts
                read: append
                columns: [{name: ts, type: TIMESTAMP}]
                event_timestamp: ts
                """).expect(200);
            awaitDone(api, start(api, "healthy"));
            assertThat(running(api, hanging)).isEqualTo(2);

            for (int i = 0; i < hanging.length; i++) {
                api.delete("/sources/hanging" + i).expect(200);
            }
        }
    }

    private static long running(ApiClient api, long... jobs) {
        return Arrays.stream(jobs)
                .filter(id -> job(api, id).get("state").asString().equals("running"))
                .count();
    }

    private static long start(ApiClient api, String source) {
        return api.post("/sources/" + source + "/reads", "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
    }

    private static void define(ApiClient api, String name, String schedule) {
        api.apply("""
            kind: source
            name: %s
            type: table
            connection: warehouse
            query: select n, ts, nap(gate.seconds) as slept from sales, gate
            read: append
            %s
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: INT64}, {name: slept, type: STRING}]
            event_timestamp: ts
            """.formatted(name, schedule)).expect(200);
    }

    private static void awaitDone(ApiClient api, long id) {
        Eventually.until(() -> job(api, id).get("state").asString().equals("done"), () -> job(api, id));
    }

    private static JsonNode job(ApiClient api, long id) {
        return api.get("/table-reads/" + id).expect(200).json();
    }

    private static List<JsonNode> reads(ApiClient api, String source) {
        var items = api.get("/sources/" + source + "/reads").expect(200).json().get("items");
        return items.valueStream().toList();
    }

    private void inWarehouse(String sql) throws SQLException {
        try (var connection = warehouse.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
