package dev.asof.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.embedded.EmbeddedSettings.Durability;
import io.lettuce.core.RedisClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedStoresTest {

    private static final Path BINARIES = Path.of("target", "embedded-binaries");

    @TempDir
    private Path directory;

    @Test
    void dataPasswordsAndPortsAreKeptBetweenStarts() throws Exception {
        PostgresConnection before;
        try (var stores = EmbeddedStores.start(kept())) {
            before = stores.postgres().orElseThrow();
            write(stores, "kept");
        }
        assertThat(runningServers()).isEmpty();

        try (var stores = EmbeddedStores.start(kept())) {
            assertThat(read(stores)).containsExactly("kept", "kept");
            assertThat(stores.postgres()).contains(before);
        }
    }

    @Test
    void acknowledgedWritesAreDurableAndStrangersStayOut() throws Exception {
        try (var stores = EmbeddedStores.start(kept())) {
            assertThat(postgres(stores, "show fsync")).isEqualTo("on");
            assertThat(postgres(stores, "show synchronous_commit")).isEqualTo("on");
            assertThat(postgres(stores, "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(redis(stores, "appendonly")).isEqualTo("yes");
            assertThat(redis(stores, "maxmemory-policy")).isEqualTo("noeviction");
            assertThat(redis(stores, "bind")).isEqualTo("127.0.0.1");
            assertThat(redis(stores, "requirepass")).isNotEmpty();
            var url = stores.postgres().orElseThrow().jdbcUrl();
            assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("secrets.properties"))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aKilledProcessIsRecoveredFrom() throws Exception {
        var killed = EmbeddedStoresMain.spawn(directory, BINARIES);
        try {
            assertThatThrownBy(() -> EmbeddedStores.start(kept()))
                    .isInstanceOf(EmbeddedStoresException.class)
                    .hasMessageContaining("in use by another server (pid " + killed.pid() + ")")
                    .hasMessageContaining("ASOF_EMBEDDED_DATA_DIR");
        } finally {
            killed.destroyForcibly().waitFor();
        }
        var leftovers = runningServers();
        assertThat(leftovers).hasSize(2);

        try (var stores = EmbeddedStores.start(kept())) {
            assertThat(read(stores)).containsExactly("written before the kill", "written before the kill");
            assertThat(leftovers).noneMatch(LocalProcesses::isRunning);
        }
    }

    @Test
    void pidFilesThatNameSomeoneElseAreNoObstacle() throws Exception {
        EmbeddedStores.start(kept()).close();
        var bystander = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(directory.resolve("postgres/postmaster.pid"), bystander.pid() + "\n");
            Files.writeString(directory.resolve("redis/redis.pid"), bystander.pid() + "\n");

            EmbeddedStores.start(kept()).close();

            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void twoStartsInOneProcessOnOneDirectoryAreRefused() {
        var redisOnly = new EmbeddedSettings(directory, BINARIES, Durability.KEPT, false, true);
        try (var stores = EmbeddedStores.start(redisOnly)) {
            assertThat(stores.postgres()).isEmpty();
            assertThatThrownBy(() -> EmbeddedStores.start(redisOnly)).hasMessageContaining("in use");
            assertThat(redis(stores, "appendonly")).isEqualTo("yes");
        }
    }

    private EmbeddedSettings kept() {
        return new EmbeddedSettings(directory, BINARIES, Durability.KEPT, true, true);
    }

    static void write(EmbeddedStores stores, String value) throws SQLException {
        var connection = stores.postgres().orElseThrow();
        try (var jdbc = DriverManager.getConnection(
                        connection.jdbcUrl(), connection.username(), connection.password());
                var statement = jdbc.createStatement()) {
            statement.execute("create table t as select '%s'::text as v".formatted(value));
        }
        try (var client = RedisClient.create(stores.redisUri().orElseThrow());
                var redis = client.connect()) {
            redis.sync().set("k", value);
        }
    }

    private static List<String> read(EmbeddedStores stores) throws SQLException {
        try (var client = RedisClient.create(stores.redisUri().orElseThrow());
                var redis = client.connect()) {
            return List.of(
                    postgres(stores, "select v from t"),
                    String.valueOf(redis.sync().get("k")));
        }
    }

    private static String postgres(EmbeddedStores stores, String query) throws SQLException {
        var connection = stores.postgres().orElseThrow();
        try (var jdbc = DriverManager.getConnection(
                        connection.jdbcUrl(), connection.username(), connection.password());
                var statement = jdbc.createStatement();
                var rows = statement.executeQuery(query)) {
            assertThat(rows.next()).isTrue();
            return Objects.requireNonNull(rows.getString(1));
        }
    }

    private static String redis(EmbeddedStores stores, String setting) {
        try (var client = RedisClient.create(stores.redisUri().orElseThrow());
                var redis = client.connect()) {
            return Objects.requireNonNull(redis.sync().configGet(setting).get(setting));
        }
    }

    private List<Long> runningServers() {
        var pids = new ArrayList<Long>();
        LocalProcesses.pidIn(directory.resolve("postgres/postmaster.pid")).ifPresent(pids::add);
        LocalProcesses.pidIn(directory.resolve("redis/redis.pid")).ifPresent(pids::add);
        pids.removeIf(pid -> !LocalProcesses.isRunning(pid));
        return pids;
    }
}
