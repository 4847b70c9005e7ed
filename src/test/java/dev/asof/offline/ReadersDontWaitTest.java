package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Readings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Rule V4 for those who read: whatever becomes of versions, and however long others hold what is replaced, nobody waits
 * for a lock for more than 200 ms. Postgres itself watches over that, so that a slow machine fails nobody.
 */
@AsofServerTest
class ReadersDontWaitTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String MAX_WAIT = "200ms";
    private static final Set<String> IS_GONE = Set.of("42P01", "42883");
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final Duration LONG_READ = Duration.ofMillis(700);
    private static final Duration BETWEEN_LONG_READS = Duration.ofMillis(40);

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, Duration> longest = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private ApiClient api;
    private volatile boolean stopping;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    @AfterEach
    void stop() throws InterruptedException {
        stopping = true;
        for (var thread : threads) {
            thread.join();
        }
    }

    private interface Work {
        void run(Connection connection) throws Exception;
    }

    private void onItsOwn(String what, Work work) {
        threads.add(Thread.ofVirtual().start(() -> {
            try (var connection = ownConnection()) {
                while (!stopping) {
                    work.run(connection);
                }
            } catch (SQLException e) {
                if (!IS_GONE.contains(String.valueOf(e.getSQLState()))) {
                    failures.add(what + ": " + e.getMessage());
                }
            } catch (Exception e) {
                failures.add(what + ": " + e);
            }
        }));
    }

    /** Not of the server's pool, which its own work needs. */
    private Connection ownConnection() throws SQLException {
        var pool = dataSource.unwrap(HikariDataSource.class);
        return new DriverManagerDataSource(pool.getJdbcUrl(), pool.getUsername(), pool.getPassword()).getConnection();
    }

    /** Reads again and again, and fails as soon as it waits too long for one lock. */
    private void read(String sql) {
        onItsOwn(sql, connection -> {
            try (var statement = connection.createStatement()) {
                statement.execute("set lock_timeout = '" + MAX_WAIT + "'");
                long begin = System.nanoTime();
                execute(statement, sql);
                longest.merge(sql, Duration.ofNanos(System.nanoTime() - begin), ReadersDontWaitTest::longer);
            }
            Thread.sleep(PAUSE);
        });
    }

    /** A query that is planned just when a function gets another shape can miss both, and is sent again. */
    private static void execute(Statement statement, String sql) throws SQLException {
        try {
            statement.execute(sql);
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("cache lookup failed for function")) {
                throw e;
            }
            statement.execute(sql);
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /** Holds what it has read for a while, again and again. */
    private void readLong(String... queries) {
        onItsOwn("long reader", connection -> {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                for (String sql : queries) {
                    statement.execute(sql);
                }
            }
            Thread.sleep(LONG_READ);
            connection.rollback();
            Thread.sleep(BETWEEN_LONG_READS);
        });
    }

    private Readings defined(String name) {
        var readings = new Readings(api, dataSource, name).defineSource();
        readings.send(List.of(Readings.reading("m1", PAST, 7))).expect(200);
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.awaitReady(1);
        return readings;
    }

    private void change(String view, int version, String change) {
        var path = "/feature-views/%s/versions/%s/%s".formatted(view, version, change);
        api.post(path, "application/json", "").expect(200);
    }

    @Test
    void V4_noReaderWaitsWhateverBecomesOfVersions() throws Exception {
        var one = defined("unwaited");
        var other = defined("dropped");
        one.execute("create schema unwaited_mine");
        one.execute("create view unwaited_mine.report as select meter, amount + 1 as more from features.unwaited_view");
        read("select count(*) from features.unwaited_view");
        read("select * from features.unwaited_view_asof('m1', now())");
        read("select count(*) from unwaited_mine.report");
        read("select count(*) from sources.unwaited_rows");
        read("select count(*) from features.dropped_view");
        readLong("select count(*) from unwaited_mine.report", "select count(*) from sources.unwaited_rows");
        readLong("select count(*) from features.unwaited_view__v1_asof('m1', now())");
        readLong("select count(*) from features.dropped_view__v1");

        one.defineView("{name: amount, column: amount}", "{name: twice, expression: \"amount * 2\"}")
                .expect(200);
        one.awaitReady(2);
        one.defineView("{name: amount, expression: \"amount * 3\"}", "{name: twice, expression: \"amount * 2\"}")
                .expect(200);
        one.awaitReady(3);
        change(one.view(), 3, "promote");
        change(one.view(), 2, "promote");
        change(one.view(), 3, "retire");
        change(one.view(), 1, "retire");
        addColumnAndVersion(one);
        api.delete("/feature-views/" + other.view()).expect(200);

        stop();
        assertThat(failures).isEmpty();
        assertThat(longest).hasSize(5);
        System.out.println("Longest reads while versions changed: " + longest);
        one.execute("drop schema unwaited_mine cascade");
    }

    /** In one bundle, so that the log is changed and counted for the backfill in one transaction. */
    private void addColumnAndVersion(Readings readings) {
        api.apply("""
            kind: source
            name: %1$s
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: meter, type: STRING, required: true}
              - {name: amount, type: INT64}
              - {name: gone, type: BOOLEAN}
              - {name: site, type: STRING}
            event_timestamp: at
            tombstone: gone
            ---
            kind: feature_view
            name: %2$s
            entities: [unwaited_meter]
            source: %1$s
            features:
              - {name: amount, column: amount}
              - {name: twice, expression: "amount * 2"}
              - {name: site, column: site}
            """.formatted(readings.source(), readings.view())).expect(200);
        readings.awaitReady(4);
    }
}
