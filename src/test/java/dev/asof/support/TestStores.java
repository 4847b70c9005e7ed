package dev.asof.support;

import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.embedded.EmbeddedStoresException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.ConfigurableApplicationContext;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * The real Postgres and the real Redis that all tests of one JVM share: the ones named by {@code SPRING_DATASOURCE_URL}
 * (with {@code _USERNAME} and {@code _PASSWORD}) and {@code SPRING_DATA_REDIS_URL}; else containers, where a Docker
 * engine answers; else embedded ones below {@code target}. They start at first use and stop with the JVM.
 *
 * <p>Tests that write take a database or a Redis database of their own, so that none sees another's data.
 */
public final class TestStores {

    /** A Postgres database. No part is null. */
    public record Database(String jdbcUrl, String username, String password) {

        /** A new connection, for the caller to close. */
        public Connection connect() throws SQLException {
            return DriverManager.getConnection(jdbcUrl, username, password);
        }
    }

    private record Stores(Database postgres, String redisUri) {}

    private static final String POSTGRES_IMAGE = "postgres:18";
    private static final String REDIS_IMAGE = "redis:7.2";
    private static final int REDIS_PORT = 6379;
    private static final Path BINARIES = Path.of("target", "embedded-binaries");
    private static final Path SLOT_DIRECTORY = Path.of("target", "test-stores");
    private static final int SLOTS = 8;
    private static final Queue<ConfigurableApplicationContext> CONTEXTS = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger NEXT_REDIS_DATABASE = new AtomicInteger(1);

    private TestStores() {}

    /** The server's own database; for reading, or for tests that clean up after themselves. */
    public static Database database() {
        return Started.STORES.postgres();
    }

    public static String jdbcUrl() {
        return database().jdbcUrl();
    }

    public static String username() {
        return database().username();
    }

    public static String password() {
        return database().password();
    }

    /** Redis's first database. */
    public static String redisUri() {
        return Started.STORES.redisUri();
    }

    /** A fresh, empty database on the same server. Roles are the server's, and so shared by all databases. */
    public static Database newDatabase() {
        var name = "asof_test_" + UUID.randomUUID().toString().replace("-", "");
        try (var connection = database().connect();
                var statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("The test database cannot be created on " + jdbcUrl(), e);
        }
        if (isConfigured("SPRING_DATASOURCE_URL")) {
            atEnd(() -> drop(name));
        }
        return new Database(jdbcUrl().replaceFirst("/[^/?]*(\\?|$)", "/" + name + "$1"), username(), password());
    }

    /** Another of Redis's numbered databases, emptied. They are reused when all have had their turn. */
    public static String newRedisUri() {
        var uri = RedisURI.create(redisUri());
        try (var client = RedisClient.create(uri);
                var connection = client.connect()) {
            var commands = connection.sync();
            var databases = Integer.parseInt(commands.configGet("databases").get("databases"));
            var index = 1 + (NEXT_REDIS_DATABASE.getAndIncrement() - 1) % (databases - 1);
            commands.select(index);
            commands.flushdb();
            return redisUri().replaceFirst("(//[^/?]*)(/[0-9]*)?", "$1/" + index);
        }
    }

    private static void drop(String database) {
        try (var connection = database().connect();
                var statement = connection.createStatement()) {
            statement.execute("drop database if exists " + database + " with (force)");
        } catch (SQLException e) {
            System.err.println("The test database " + database + " was not dropped: " + e.getMessage());
        }
    }

    private static boolean isConfigured(String variable) {
        return System.getenv(variable) != null;
    }

    /** Closes a user of the stores when the JVM ends, before the stores stop. */
    static void closeAtEnd(ConfigurableApplicationContext context) {
        CONTEXTS.add(context);
    }

    private static void atEnd(Runnable task) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            CONTEXTS.forEach(ConfigurableApplicationContext::close);
                            task.run();
                        },
                        "test-stores"));
    }

    /** Started once, by whichever test comes first. */
    private static final class Started {

        static final Stores STORES = start();

        private static Stores start() {
            var postgres = isConfigured("SPRING_DATASOURCE_URL");
            var redis = isConfigured("SPRING_DATA_REDIS_URL");
            if (postgres && redis) {
                return new Stores(configuredPostgres(), System.getenv("SPRING_DATA_REDIS_URL"));
            }
            var missing = hasDocker() ? containers(!postgres, !redis) : embedded(!postgres, !redis);
            return new Stores(
                    postgres ? configuredPostgres() : missing.postgres(),
                    redis ? System.getenv("SPRING_DATA_REDIS_URL") : missing.redisUri());
        }

        private static Database configuredPostgres() {
            return new Database(
                    System.getenv("SPRING_DATASOURCE_URL"),
                    System.getenv().getOrDefault("SPRING_DATASOURCE_USERNAME", "postgres"),
                    System.getenv().getOrDefault("SPRING_DATASOURCE_PASSWORD", ""));
        }

        /** Looks for a sign of an engine first: Testcontainers needs seconds to find that there is none. */
        private static boolean hasDocker() {
            var sign = System.getenv("DOCKER_HOST") != null
                    || Files.exists(Path.of("/var/run/docker.sock"))
                    || Files.exists(Path.of(System.getProperty("user.home"), ".docker", "run", "docker.sock"))
                    || Files.exists(Path.of(System.getProperty("user.home"), ".testcontainers.properties"));
            return sign && DockerClientFactory.instance().isDockerAvailable();
        }

        /** Testcontainers removes the containers when the JVM is gone. */
        @SuppressWarnings("resource")
        private static Stores containers(boolean postgres, boolean redis) {
            var database = new Database("", "", "");
            var uri = "";
            if (postgres) {
                var container = new PostgreSQLContainer(POSTGRES_IMAGE)
                        .withCommand("postgres", "-c", "fsync=off", "-c", "max_connections=200");
                container.start();
                database = new Database(container.getJdbcUrl(), container.getUsername(), container.getPassword());
            }
            if (redis) {
                var container = new GenericContainer<>(REDIS_IMAGE)
                        .withExposedPorts(REDIS_PORT)
                        .withCommand("redis-server", "--databases", "256", "--save", "");
                container.start();
                uri = "redis://%s:%s".formatted(container.getHost(), container.getMappedPort(REDIS_PORT));
            }
            return new Stores(database, uri);
        }

        private static Stores embedded(boolean postgres, boolean redis) {
            var stores = startInFreeSlot(postgres, redis);
            atEnd(stores::close);
            return new Stores(
                    stores.postgres()
                            .map(p -> new Database(p.jdbcUrl(), p.username(), p.password()))
                            .orElse(new Database("", "", "")),
                    stores.redisUri().orElse(""));
        }

        /** A slot is one JVM's at a time; the next one stops what a killed JVM left running there. */
        private static EmbeddedStores startInFreeSlot(boolean postgres, boolean redis) {
            var failures = new IllegalStateException("No embedded stores could be started for the tests");
            for (var slot = 0; slot < SLOTS; slot++) {
                try {
                    return EmbeddedStores.start(new EmbeddedSettings(
                            SLOT_DIRECTORY.resolve("slot-" + slot), BINARIES, Durability.THROWAWAY, postgres, redis));
                } catch (EmbeddedStoresException e) {
                    failures.addSuppressed(e);
                }
            }
            throw failures;
        }
    }
}
