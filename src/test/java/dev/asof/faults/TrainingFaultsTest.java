package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import dev.asof.support.ServerProcess;
import dev.asof.support.TestStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import tools.jackson.databind.json.JsonMapper;

/** A server that is killed while it builds a dataset, and clients that go away from training requests. */
@Timeout(120)
class TrainingFaultsTest {

    private static final String NAME = "training_faults";
    private static final Pattern OF_REQUESTS = Pattern.compile("asof-(dataset|spine|rows|body)-|/upload_");
    private static final String SPINE = """
        select 'm' || i %% 6 as meter, timestamptz '2026-01-01T00:00:00Z' + make_interval(secs => i) as as_of,
               md5(i::text) || md5((i + 1)::text) as noise
        from generate_series(1, %s) i
        """;

    /** Holds a build back when it has told of its first rows, until whoever has the lock lets it go. */
    private static final List<String> HOLD_BUILDS = List.of("""
        create function public.hold_build() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$
        """, """
        create trigger hold_build before update on asof.training_dataset for each row
        when (new.state = 'running' and new.rows_done > old.rows_done) execute function public.hold_build()
        """);

    private static TestStores.Database database;
    private static JdbcClient jdbc;
    private static ServerProcess server;
    private static Path scratch;
    private static Meters meters;

    @BeforeAll
    static void start() throws IOException {
        database = TestStores.newDatabase();
        jdbc = JdbcClient.create(
                new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password()));
        scratch = Files.createTempDirectory("asof-training-faults");
        // with a copy of the history there would be no query to end
        server = ServerProcess.start(
                        "training-faults",
                        database,
                        TestStores.newRedisUri(),
                        "-Djava.io.tmpdir=" + scratch,
                        "-Dasof.offline.copies.max-size=0B")
                .awaitReady();
        HOLD_BUILDS.forEach(sql -> jdbc.sql(sql).update());
        meters = new Meters(server.port(), NAME).define("");
        meters.send(0, 250);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        try (var files = Files.walk(scratch)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    private static Map<String, Object> spine(int rows) {
        return Map.of("sql", SPINE.formatted(rows));
    }

    private static long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    /** Queries and transactions of the server and its readers, whether they run, wait or idle. */
    private static long sessionsAtWork() {
        return count("""
            select count(*) from pg_stat_activity
            where datname = current_database() and application_name in ('asof', 'asof_sql')
              and state is distinct from 'idle'
            """);
    }

    private static long heldBuilds() {
        return count("select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted");
    }

    private static long spines() {
        return count("select count(*) from pg_tables where schemaname = 'datasets'");
    }

    private static long temporaryTables() {
        return count("""
            select count(*) from pg_class
            where relnamespace in (select oid from pg_namespace where nspname like 'pg_temp%')
            """);
    }

    /** What requests keep on the server's disk. */
    private static List<Path> scratchFiles() {
        try (var files = Files.walk(scratch)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> OF_REQUESTS
                            .matcher(scratch.relativize(file).toString())
                            .find())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void nothingGoesOn() {
        Eventually.until(() -> sessionsAtWork() == 0, TrainingFaultsTest::sessions);
        assertThat(temporaryTables()).isZero();
        Eventually.until(() -> scratchFiles().isEmpty(), TrainingFaultsTest::scratchFiles);
    }

    private static List<Map<String, Object>> sessions() {
        return jdbc.sql("select pid, state, wait_event, query from pg_stat_activity where datname = current_database()")
                .query()
                .listOfRows();
    }

    private static Connection hold() throws SQLException {
        var connection = database.connect();
        connection.setAutoCommit(false);
        connection.createStatement().execute("select pg_advisory_xact_lock(4711)");
        return connection;
    }

    private static String contentHash(String dataset) {
        return meters.manifest(dataset).get("content_hash").asString();
    }

    @Test
    void A7_aBuildOfAKilledServerLeavesNoQueryAndIsDoneAgainWithTheSameContent() throws SQLException {
        var request = meters.request("spine", spine(40_000));
        var undisturbed = meters.build(request);
        String killed;
        try (var hold = hold()) {
            killed = meters.order(request);
            Eventually.until(() -> heldBuilds() == 1, () -> meters.get(killed));
            assertThat(sessionsAtWork()).isGreaterThan(1);

            server.kill();
            Eventually.until(() -> heldBuilds() == 0, TrainingFaultsTest::sessions);
            Eventually.until(() -> sessionsAtWork() == 0, TrainingFaultsTest::sessions);
            server.startAgain().awaitReady();
            assertThat(meters.get(killed).get("state").asString()).isEqualTo("running");
            assertThat(meters.send("GET", killed + "/rows.parquet").statusCode())
                    .isEqualTo(409);
            assertThat(meters.send("GET", killed + "/manifest").statusCode()).isEqualTo(409);
            hold.rollback();
        }
        meters.awaitState(killed, "done");
        assertThat(contentHash(killed)).isEqualTo(contentHash(undisturbed));
        assertThat(meters.rows(killed)).hasSize(40_000);
        assertThat(spines()).isEqualTo(2);
        assertThat(count("select count(*) from asof.training_dataset_file")).isEqualTo(2);
        Eventually.until(() -> count("select count(*) from asof.training_tasks") == 0, () -> "A task is left");
        Eventually.until(() -> sessionsAtWork() == 0, TrainingFaultsTest::sessions);
        for (String dataset : List.of(undisturbed, killed)) {
            meters.api().delete("/training-datasets/" + dataset).expect(204);
        }
        assertThat(spines()).isZero();
    }

    /** Of more rows than sockets and what is read ahead hold, or the query would end by itself. */
    @Test
    void aClientThatLeavesItsTrainingRowsEndsTheirQuery() throws IOException {
        removeWhatAKillLeft();
        var body = JsonMapper.shared()
                .writeValueAsString(Map.of("feature_service", NAME + "_svc", "spine", spine(2_000_000)));
        try (var socket = connect()) {
            socket.getOutputStream()
                    .write((head("historical-features", "application/json", body.length()) + body)
                            .getBytes(StandardCharsets.US_ASCII));
            var start = new String(socket.getInputStream().readNBytes(1_000), StandardCharsets.US_ASCII);
            assertThat(start).startsWith("HTTP/1.1 200").contains("\"meter\":\"m1\"");
            Eventually.until(() -> sessionsAtWork() > 0, TrainingFaultsTest::sessions);
            socket.setSoLinger(true, 0);
        }
        nothingGoesOn();
    }

    @Test
    void aClientThatLeavesWhileItSendsItsSpineLeavesNothing() throws IOException {
        removeWhatAKillLeft();
        for (String path : List.of("training-datasets", "historical-features")) {
            var part = """
                --b\r
                Content-Disposition: form-data; name="request"\r
                Content-Type: application/json\r
                \r
                {%s"feature_service": "%s_svc"}\r
                --b\r
                Content-Disposition: form-data; name="spine"; filename="s.csv"\r
                \r
                meter,as_of\n
                """.formatted(path.startsWith("t") ? "\"name\": \"broken_off\", " : "", NAME);
            try (var socket = connect()) {
                var out = socket.getOutputStream();
                out.write((head(path, "multipart/form-data; boundary=b", 50_000_000) + part)
                        .getBytes(StandardCharsets.US_ASCII));
                out.write("m1,2026-01-01T00:00:00Z\n".repeat(50_000).getBytes(StandardCharsets.US_ASCII));
                out.flush();
                Eventually.until(() -> !scratchFiles().isEmpty(), () -> "The upload has not begun");
                socket.setSoLinger(true, 0);
            }
            nothingGoesOn();
        }
        assertThat(spines()).isZero();
        meters.api().get("/training-datasets/broken_off").expect(404);
    }

    /** Every file of the server's that gets large meets its end, as on a full disk. */
    @Test
    void whatFindsNoRoomOnTheServersDiskIsToBeSentAgainLater() throws Exception {
        removeWhatAKillLeft();
        var rows = "m1,2026-01-01T00:00:00Z\n".repeat(100_000);
        var parts = """
            --b\r
            Content-Disposition: form-data; name="request"\r
            Content-Type: application/json\r
            \r
            {%s"feature_service": "%s_svc"}\r
            --b\r
            Content-Disposition: form-data; name="spine"; filename="s.csv"\r
            \r
            meter,as_of
            %s\r
            --b--\r
            """;
        var sql = JsonMapper.shared()
                .writeValueAsString(Map.of("feature_service", NAME + "_svc", "spine", spine(200_000)));
        limitFiles("1000000");
        try {
            for (var answer : List.of(
                    post("historical-features", "multipart/form-data; boundary=b", parts.formatted("", NAME, rows)),
                    post(
                            "training-datasets",
                            "multipart/form-data; boundary=b",
                            parts.formatted("\"name\": \"no_room\", ", NAME, rows)),
                    post("historical-features", "application/json", sql),
                    post("sources/%s_rows/rows".formatted(NAME), "text/csv", "meter,ts\n" + rows))) {
                assertThat(answer.expect(503).body()).contains("\"unavailable\"", "later");
                assertThat(answer.retryAfter()).isPositive();
            }
        } finally {
            limitFiles("unlimited");
        }
        nothingGoesOn();
        assertThat(spines()).isZero();
        post("historical-features", "multipart/form-data; boundary=b", parts.formatted("", NAME, rows))
                .expect(200);
        assertThat(post(
                                "historical-features",
                                "multipart/form-data; boundary=b",
                                parts.formatted("", NAME, rows).replace("--b--", "--c--"))
                        .expect(400)
                        .body())
                .contains("ended early");
    }

    private static ApiClient.Answer post(String path, String contentType, String body) {
        return meters.api().post("/" + path, contentType, body);
    }

    private static void limitFiles(String bytes) throws IOException, InterruptedException {
        var limit = new ProcessBuilder(
                        "prlimit", "--pid", Long.toString(server.pid()), "--fsize=" + bytes + ":unlimited")
                .start();
        assertThat(limit.waitFor()).isZero();
    }

    /** Files of a process that was killed are the operating system's to clean. */
    private static void removeWhatAKillLeft() throws IOException {
        for (Path file : scratchFiles()) {
            Files.delete(file);
        }
    }

    private static Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private static String head(String path, String contentType, long length) {
        return "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %s\r\n\r\n"
                .formatted(path, contentType, length);
    }
}
