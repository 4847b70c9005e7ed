package dev.asof.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.AsofApplication;
import dev.asof.support.Eventually;
import dev.asof.support.Signals;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server in a process of its own, with nothing configured but its data directory. */
@Timeout(120)
class EmbeddedServerTest {

    @TempDir
    private Path directory;

    @Test
    void sigtermClosesThePoolsThenTheStores() throws Exception {
        var output = directory.resolve("output");
        var server = start(output);
        int before;
        try {
            awaitLine(output, server, "Ready: API at");
            storesThatEndByThemselvesAreStartedAgain(output, server);
            before = Files.readString(output).length();
            server.destroy();

            assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.destroyForcibly();
        }
        assertThat(Files.readString(output))
                .startsWith("%nAsof%n  API         http://localhost:0/api/v1%n".formatted())
                .contains("Data        " + directory.resolve("data"))
                .contains("psql \"postgresql://asof_reader:")
                .contains("asof - Shutdown completed");
        assertThat(Files.readString(output).substring(before)).doesNotContain("ERROR", "terminating connection");
        assertThat(Files.getPosixFilePermissions(directory.resolve("data")))
                .isEqualTo(Unprivileged.find().directoryPermissions());
        for (String closed : List.of("data/lock", "data/redis", "data/postgres", "data/secrets.properties")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(closed))))
                    .as(closed)
                    .endsWith("------");
        }
        assertThat(directory.resolve("tmp")).as("temporary files").isEmptyDirectory();
        assertThat(directory.resolve("data/postgres/postmaster.pid")).doesNotExist();
        assertThat(directory.resolve("data/redis/redis.pid")).doesNotExist();
        var postgres = Files.readString(directory.resolve("data/postgres/server.log"));
        assertThat(postgres).contains("database system is shut down");
        assertThat(time(Files.readString(output), "T", "Z .*asof - Shutdown completed"))
                .as("when the pool was closed")
                .isBeforeOrEqualTo(time(postgres, " ", " UTC .*received fast shutdown request"));
    }

    private void storesThatEndByThemselvesAreStartedAgain(Path output, Process server) throws Exception {
        var data = directory.resolve("data");
        var settings = data.resolve("postgres/postgresql.conf");
        var aside = directory.resolve("postgresql.conf");
        Files.move(settings, aside);
        for (String pidFile : List.of("postgres/postmaster.pid", "redis/redis.pid")) {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve(pidFile)).getFirst().strip());
            Signals.send("KILL", Signals.family(pid));
        }
        awaitLine(output, server, "The embedded postgres can't be started; tried again until it can");
        assertThat(health(output)).contains("DEGRADED", "\"redis\"", "Starting Postgres failed");
        Files.move(aside, settings);
        awaitLine(output, server, "The embedded redis runs again");
        awaitLine(output, server, "The embedded postgres runs again");
        Eventually.until(
                () -> health(output).startsWith("{\"components\"")
                        && health(output).contains("\"redis\":\"runs\"")
                        && !health(output).contains("DEGRADED"),
                () -> health(output));
        assertThat(get(output, "/actuator/prometheus"))
                .contains("asof_embedded_restarts_total{store=\"postgres\"} 1.0")
                .contains("asof_embedded_restarts_total{store=\"redis\"} 1.0");
    }

    private static String health(Path output) {
        return get(output, "/actuator/health");
    }

    private static String get(Path output, String path) {
        try {
            var address = Pattern.compile("Ready: API at (http://[^/]+)/").matcher(Files.readString(output));
            assertThat(address.find()).isTrue();
            var request =
                    HttpRequest.newBuilder(URI.create(address.group(1) + path)).build();
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** When a line was logged. Postgres may still count connections whose end it has not read yet. */
    private static LocalDateTime time(String log, String beforeTime, String line) {
        var found = Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)" + beforeTime + "(\\d\\d:\\d\\d:\\d\\d\\.\\d{3})" + line)
                .matcher(log);
        assertThat(found.find()).as(log).isTrue();
        return LocalDateTime.parse(found.group(1) + "T" + found.group(2));
    }

    private Process start(Path output) throws IOException {
        var builder = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        // where %d writes other digits, and i has no capital I
                        "-Duser.language=tr",
                        "-Duser.language.format=fa",
                        "-Duser.country.format=IR",
                        "-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AsofApplication.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment()
                .keySet()
                .removeIf(variable -> variable.startsWith("SPRING_") || variable.equals("JAVA_TOOL_OPTIONS"));
        builder.environment()
                .put("ASOF_EMBEDDED_DATA_DIR", directory.resolve("data").toString());
        builder.environment().put("SERVER_PORT", "0");
        return builder.start();
    }

    private static void awaitLine(Path output, Process server, String text) throws Exception {
        while (!Files.readString(output).contains(text)) {
            assertThat(server.isAlive()).as(Files.readString(output)).isTrue();
            Thread.sleep(50);
        }
    }
}
