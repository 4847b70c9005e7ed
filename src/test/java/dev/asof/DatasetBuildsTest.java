package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import tools.jackson.databind.JsonNode;

/** Builds that are cancelled, refused, or lose their server. */
class DatasetBuildsTest {

    private static final String NAME = "builds";

    private static Meters on(StartedServer server) {
        return new Meters(server.port(), NAME);
    }

    /** Keeps builds from reading features until it is closed. */
    private static Connection lockFeatures(TestStores.Database database) throws SQLException {
        var connection = database.connect();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("lock table offline.%s_view__v1 in access exclusive mode".formatted(NAME));
        }
        return connection;
    }

    private static long count(DataSource dataSource, String sql) {
        return JdbcClient.create(dataSource).sql(sql).query(Long.class).single();
    }

    private static long queries(DataSource dataSource) {
        return count(dataSource, """
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
              and query like '%asof_ordinal%'
            """);
    }

    private static long spines(DataSource dataSource) {
        return count(dataSource, "select count(*) from pg_tables where schemaname = 'datasets'");
    }

    @Test
    void buildsSurviveTheirServersAndLeaveNothingWhenCancelledOrRefused() throws Exception {
        var database = TestStores.newDatabase();
        var redis = TestStores.newRedisUri();
        String interrupted;
        JsonNode begun;
        try (var server = StartedServer.on(database, redis)) {
            var meters = on(server).define("");
            meters.send(0, 250);
            cancelledAtWork(meters, database, server.dataSource());
            refusedForLeakage(meters, server.dataSource());
            aClientThatGoesAwayLeavesNoQuery(server, meters);
            try (var lock = lockFeatures(database)) {
                interrupted = meters.order(meters.request());
                meters.awaitState(interrupted, "running");
                begun = newestJob(server);
                server.close();
                lock.rollback();
            }
        }
        var jdbc = JdbcClient.create(
                new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password()));
        assertThat(jdbc.sql("select state from asof.training_dataset order by id desc limit 1")
                        .query(String.class)
                        .single())
                .isEqualTo("running");
        asIfItsServerHadBeenKilled(jdbc);
        try (var server = StartedServer.on(database, redis)) {
            var meters = on(server);
            meters.awaitState(interrupted, "done");
            assertThat(meters.rows(interrupted)).hasSize(100);
            checkListedAsTakenOver(begun, newestJob(server));
            assertThat(count(server.dataSource(), "select count(*) from asof.training_dataset_file where split = ''"))
                    .isEqualTo(count(
                            server.dataSource(), "select count(*) from asof.training_dataset where state = 'done'"));
        }
    }

    private static JsonNode newestJob(StartedServer server) {
        return server.api()
                .get("/jobs?kind=training_dataset&page_size=1")
                .expect(200)
                .json()
                .get("items")
                .get(0);
    }

    /** It began once, on the server that died; that cost it no try. */
    private static void checkListedAsTakenOver(JsonNode begun, JsonNode ended) {
        assertThat(begun.get("state").asString()).isEqualTo("running");
        assertThat(begun.get("finished_at").isNull()).isTrue();
        assertThat(begun.get("next_try_at").isNull()).as("a server is at it").isTrue();
        assertThat(ended.get("id")).isEqualTo(begun.get("id"));
        assertThat(ended.get("state").asString()).isEqualTo("done");
        assertThat(ended.get("failures").asInt()).isZero();
        assertThat(ended.get("started_at")).isEqualTo(begun.get("started_at"));
        assertThat(ended.get("finished_at").asString())
                .isGreaterThan(begun.get("started_at").asString());
    }

    /** A server that is killed leaves its execution picked, and its heartbeat stops. */
    private static void asIfItsServerHadBeenKilled(JdbcClient jdbc) {
        int executions = jdbc.sql("""
            update asof.training_tasks
            set picked = true, picked_by = 'killed', last_heartbeat = now() - interval '10 minutes'
            """).update();
        assertThat(executions).isOne();
    }

    private static void cancelledAtWork(Meters meters, TestStores.Database database, DataSource dataSource)
            throws SQLException {
        String dataset;
        try (var lock = lockFeatures(database)) {
            dataset = meters.order(meters.request());
            meters.awaitState(dataset, "running");
            Eventually.until(() -> queries(dataSource) > 0, () -> "No query");
            assertThat(meters.send("GET", dataset + "/rows.parquet").statusCode())
                    .isEqualTo(409);
            assertThat(meters.send("DELETE", dataset).statusCode()).isEqualTo(409);
            meters.api()
                    .post("/training-datasets/" + dataset + "/cancel", "application/json", "")
                    .expect(200);
            Eventually.until(() -> queries(dataSource) == 0, () -> "The query goes on");
            lock.rollback();
        }
        Eventually.until(() -> spines(dataSource) == 0, () -> "The spine is still there");
        assertThat(meters.get(dataset).get("state").asString()).isEqualTo("cancelled");
        assertThat(meters.send("GET", dataset + "/rows.parquet").statusCode()).isEqualTo(409);
        assertThat(meters.send("GET", dataset + "/manifest").statusCode()).isEqualTo(409);
        meters.api()
                .post("/training-datasets/" + dataset + "/cancel", "application/json", "")
                .expect(409);
        assertThat(count(dataSource, "select count(*) from asof.definition_pin"))
                .isZero();
        assertThat(count(dataSource, "select count(*) from asof.training_dataset_file"))
                .isZero();
    }

    private static void refusedForLeakage(Meters meters, DataSource dataSource) {
        var dataset = meters.order(
                meters.request("fail_on_leakage", true, "label_column", "late", "label_source", NAME + "_rows"));
        meters.awaitState(dataset, "failed");
        assertThat(meters.get(dataset).get("error").asString()).contains("leakage");
        assertThat(meters.leakageReport(dataset).get("verdict").asString()).isEqualTo("leaking");
        assertThat(meters.send("GET", dataset + "/rows.parquet").statusCode()).isEqualTo(409);
        Eventually.until(() -> spines(dataSource) == 0, () -> "The spine is still there");
    }

    /** Its dataset is whole, and its download ends with it. */
    private static void aClientThatGoesAwayLeavesNoQuery(StartedServer server, Meters meters) throws Exception {
        var dataset = meters.build(meters.request(
                "spine",
                Map.of(
                        "sql",
                        "select 'm' || i % 5 as meter, timestamptz '2026-01-01T00:00:00Z' + make_interval(secs => i)"
                                + " as as_of, md5(i::text) || md5((i + 1)::text) as noise from generate_series(1,"
                                + " 60000) i")));
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream()
                    .write("GET /api/v1/training-datasets/%s/rows.ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .formatted(dataset)
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readNBytes(1_000)).hasSize(1_000);
        }
        Eventually.until(() -> count(server.dataSource(), """
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
              and (state = 'active' or state like 'idle in transaction%')
            """) == 0, () -> "A query goes on");
        meters.api().delete("/training-datasets/" + dataset).expect(204);
    }
}
