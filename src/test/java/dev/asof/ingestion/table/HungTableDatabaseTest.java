package dev.asof.ingestion.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.ingestion.TableDatabaseException;
import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.postgres.StoreOutage;
import dev.asof.registry.Metadata;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.support.Eventually;
import dev.asof.support.TcpProxy;
import dev.asof.support.TestStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.util.unit.DataSize;

/** Reads of a table whose database hangs: it keeps its connections, takes new ones, and answers nothing. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HungTableDatabaseTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final BackgroundLoops loops = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
    private final TestStores.Database warehouse = TestStores.newDatabase();
    private final TcpProxy proxy = new TcpProxy(portOf(warehouse.jdbcUrl()));
    private final AtomicBoolean goesOn = new AtomicBoolean(true);
    private final AtomicBoolean isStoreSilent = new AtomicBoolean();

    private final TableSourceReads.Monitor monitor = new TableSourceReads.Monitor() {
        @Override
        public boolean goesOn(long rowsRead) {
            return goesOn.get();
        }

        @Override
        public boolean commits(TableReadOutcome outcome) {
            return true;
        }
    };

    @AfterEach
    void close() {
        proxy.close();
    }

    private static int portOf(String url) {
        return URI.create(url.substring("jdbc:".length())).getPort();
    }

    private TableConnections connections() {
        String url = warehouse.jdbcUrl().replaceFirst("//[^/]*/", "//127.0.0.1:" + proxy.port() + "/");
        var login = new ConnectionsProperties.Login(url, warehouse.username(), warehouse.password());
        return new TableConnections(
                new PGSimpleDataSource(),
                new TableLoginProperties("asof_tables", null, null, LONG, DataSize.ofGigabytes(1)),
                new ConnectionsProperties(Map.of("warehouse", login)));
    }

    private static SourceDefinition source(String query) {
        return new SourceDefinition(
                new SourceName("hung"),
                Optional.of(new TableOrigin(
                        new TableOrigin.Query(query),
                        TableOrigin.Read.APPEND,
                        Optional.empty(),
                        Optional.of("warehouse"))),
                List.of(SourceColumn.of("ts", ScalarType.TIMESTAMP), SourceColumn.of("slept", ScalarType.STRING)),
                "ts",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                0.05,
                Duration.ofMinutes(1),
                Metadata.NONE);
    }

    @Test
    void aReadThatIsToldToStopStopsAlthoughTheDatabaseHangs() throws Exception {
        try (var watch = new ReadWatch(monitor, LONG, isStoreSilent::get, loops)) {
            var failure = hang(watch, () -> goesOn.set(false));
            assertThat(failure).isInstanceOf(ReadWatch.Stopped.class);
        }
    }

    @Test
    void aReadThatTakesTooLongFailsAndSaysThatTheDatabaseHangs() throws Exception {
        try (var watch = new ReadWatch(monitor, Duration.ofSeconds(3), isStoreSilent::get, loops)) {
            var failure = hang(watch, () -> {});
            assertThat(failure)
                    .isInstanceOf(TableDatabaseException.class)
                    .hasMessageContaining("does not answer")
                    .hasMessageContaining("asof.tables.timeout");
        }
    }

    @Test
    void aReadEndsAsAnOutageWhenTheServersOwnPostgresHangs() throws Exception {
        try (var watch = new ReadWatch(monitor, LONG, isStoreSilent::get, loops)) {
            var failure = hang(watch, () -> isStoreSilent.set(true));
            assertThat(failure)
                    .isNotInstanceOf(TableDatabaseException.class)
                    .isInstanceOfSatisfying(
                            AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            assertThat(StoreOutage.is(failure)).as("its job keeps its tries").isTrue();
        }
    }

    @Test
    void aSessionThatIsNotOpenedInTimeIsGivenUp() {
        proxy.fallSilent();
        assertThatThrownBy(() -> connections().open(source("select 1").table().orElseThrow()))
                .isInstanceOf(TableDatabaseException.class)
                .hasMessageContaining("The connection 'warehouse' can't be used now");
    }

    @Test
    void aQueryOfADatabaseThatAnswersMayThinkForLongAndIsCancelledWhenItIsTooLong() throws Exception {
        inWarehouse("create function nap() returns text language sql as 'select pg_sleep(600)::text'");
        try (var opened =
                connections().open(source("select 1").table().orElseThrow()).connection()) {
            assertThat(opened.getNetworkTimeout()).as("none, once it is open").isZero();
        }
        try (var watch = new ReadWatch(monitor, Duration.ofSeconds(1), isStoreSilent::get, loops)) {
            assertThatThrownBy(() ->
                            SourceTable.open(connections(), source("select now() as ts, nap() as slept"), false, watch))
                    .isInstanceOfSatisfying(
                            AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID))
                    .hasMessageContaining("have the query read less");
        }
    }

    /** What a read fails with whose database hangs while it waits, once something more has happened. */
    private Throwable hang(ReadWatch watch, Runnable andThen) throws Exception {
        inWarehouse("create function nap() returns text language sql as 'select pg_sleep(600)::text'");
        try (var reading = Executors.newVirtualThreadPerTaskExecutor()) {
            var read = reading.submit(
                    () -> SourceTable.open(connections(), source("select now() as ts, nap() as slept"), false, watch));
            Eventually.until(this::isNapping, () -> read.isDone() ? read.exceptionNow() : "not begun");
            proxy.fallSilent();
            andThen.run();
            try {
                read.get(30, TimeUnit.SECONDS);
                throw new AssertionError("The read went on");
            } catch (ExecutionException e) {
                return Objects.requireNonNull(e.getCause());
            }
        }
    }

    private boolean isNapping() {
        try (var connection = warehouse.connect();
                var statement = connection.createStatement();
                var found = statement.executeQuery(
                        "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname ="
                                + " current_database()")) {
            return found.next();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void inWarehouse(String sql) throws SQLException {
        try (var connection = warehouse.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
