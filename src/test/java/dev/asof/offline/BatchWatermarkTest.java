package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.BackgroundLoops;
import dev.asof.support.Eventually;
import dev.asof.support.TestStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Rule A7 with the settled point: what a snapshot sees, while batches begin, commit and fail in any order. */
class BatchWatermarkTest {

    /** A transaction with its batches. */
    private record InFlight(Connection connection, List<Long> ids) {}

    private final TestStores.Database database = TestStores.newDatabase();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Connection> free = new ArrayList<>();
    private JdbcClient jdbc;
    private BatchWatermark settled;

    @BeforeEach
    void migrate() {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), database.username(), database.password())
                .schemas("asof")
                .locations("filesystem:db/migration")
                .load()
                .migrate();
        var dataSource =
                new SingleConnectionDataSource(database.jdbcUrl(), database.username(), database.password(), true);
        open.add(dataSource::destroy);
        jdbc = JdbcClient.create(dataSource);
        settled = new BatchWatermark(jdbc, new BackgroundLoops(new SimpleMeterRegistry(), _ -> false));
    }

    @AfterEach
    void close() throws Exception {
        for (var each : open) {
            each.close();
        }
    }

    /** Making one takes longer than all that a test does with it. */
    private Connection connect() throws SQLException {
        if (!free.isEmpty()) {
            return free.removeLast();
        }
        var connection = DriverManager.getConnection(database.jdbcUrl(), database.username(), database.password());
        connection.setAutoCommit(false);
        open.add(connection);
        return connection;
    }

    /** As batches begin: the transaction has its number first. */
    private static long begin(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("select pg_current_xact_id()");
            try (var result = statement.executeQuery(
                    "insert into asof.batch (source, accepted_at) values ('s', now()) returning id")) {
                result.next();
                return result.getLong(1);
            }
        }
    }

    private VisibleBatches snapshot() throws SQLException {
        var connection = connect();
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        var seen = VisibleBatches.of(connection);
        connection.rollback();
        free.add(connection);
        return seen;
    }

    private long through() {
        return jdbc.sql("select through_id from asof.settled_batches")
                .query(Long.class)
                .single();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void A7_aSnapshotSeesWhatHasCommittedAndNothingInFlight(long seed) throws SQLException {
        var random = new Random(seed);
        var running = new ArrayList<InFlight>();
        var committed = new TreeSet<Long>();
        var failed = new TreeSet<Long>();
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    if (running.size() < 6) {
                        running.add(new InFlight(connect(), new ArrayList<>()));
                    }
                    var one = running.get(random.nextInt(running.size()));
                    one.ids().add(begin(one.connection()));
                }
                case 2, 3 -> {
                    if (!running.isEmpty()) {
                        var one = running.remove(random.nextInt(running.size()));
                        boolean commits = random.nextInt(3) > 0;
                        if (commits) {
                            one.connection().commit();
                        } else {
                            one.connection().rollback();
                        }
                        (commits ? committed : failed).addAll(one.ids());
                        free.add(one.connection());
                    }
                }
                case 4 -> settled.move();
                default -> check(snapshot(), running, committed, failed);
            }
        }
    }

    private void check(VisibleBatches seen, List<InFlight> running, TreeSet<Long> committed, TreeSet<Long> failed) {
        var filter = seen.filter();
        assertThat(committed).allMatch(filter::contains);
        running.forEach(one -> assertThat(one.ids()).noneMatch(filter::contains));
        long through = through();
        assertThat(failed).allMatch(id -> id <= through || !filter.contains(id));
        long next = 1 + Math.max(committed.isEmpty() ? 0 : committed.last(), failed.isEmpty() ? 0 : failed.last());
        if (running.isEmpty()) {
            assertThat(filter.contains(next)).as("one to come").isFalse();
        }
    }

    @Test
    void A7_beforeTheFirstBatchNothingIsSettled() throws SQLException {
        settled.move();
        settled.move();
        assertThat(through()).isZero();
        assertThat(snapshot().ranges()).isEqualTo("{}");
    }

    @Test
    void A7_aManifestStaysSmallHoweverManyBatchesThereWere() throws SQLException {
        jdbc.sql("""
            insert into asof.batch (source, accepted_at)
            select 's', now() from generate_series(1, 30000)
            """).update();
        jdbc.sql("delete from asof.batch where id % 7 = 0").update();
        assertThat(snapshot().missing()).hasSizeGreaterThan(4_000);
        Eventually.until(
                () -> {
                    settled.move();
                    return through() == 30_000;
                },
                () -> "settled through " + through());
        var inFlight = connect();
        long id = begin(inFlight);
        jdbc.sql("insert into asof.batch (source, accepted_at) values ('s', now())")
                .update();
        settled.move();
        settled.move();
        assertThat(through()).isLessThan(id);
        assertThat(snapshot().ranges()).isEqualTo("{[1,%s),[%s,%s)}".formatted(id, id + 1, id + 2));
    }

    @Test
    void nothingIsWrittenWhileNoBatchComes() {
        jdbc.sql("insert into asof.batch (source, accepted_at) values ('s', now())")
                .update();
        Eventually.until(
                () -> {
                    settled.move();
                    return through() == 1;
                },
                () -> "settled through " + through());
        var before = version();
        settled.move();
        settled.move();
        assertThat(version()).isEqualTo(before);
    }

    private String version() {
        return jdbc.sql("select xmin::text || ctid::text from asof.settled_batches")
                .query(String.class)
                .single();
    }

    @Test
    void aCandidateOfAnotherClusterIsReplaced() {
        jdbc.sql("insert into asof.batch (source, accepted_at) values ('s', now())")
                .update();
        jdbc.sql("update asof.settled_batches set candidate_id = 1, candidate_xid = '99999999999'")
                .update();
        Eventually.until(
                () -> {
                    settled.move();
                    return through() == 1;
                },
                () -> "settled through " + through());
    }
}
