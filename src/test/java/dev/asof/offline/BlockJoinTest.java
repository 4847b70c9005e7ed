package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.postgres.BlockRow;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.support.TestStores;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockJoinTest {

    private static final int ROWS = 120 * BlockJoin.UNIT_ROWS + 1_234;
    private static final int LARGEST_BLOCK = 32 * BlockJoin.UNIT_ROWS;

    /** Each block backwards, so that every row must be put in its place. */
    private static final String NUMBERS = """
        select i::bigint, case when i %% 7 = 0 then null else i * 0.5::float8 end, repeat('é', (i %% 40)::int)
        from generate_series(%s::bigint, %s::bigint) i order by i desc
        """;

    private final HikariDataSource pool = new HikariDataSource();

    @BeforeEach
    void openPool() {
        var database = TestStores.database();
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.username());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(3);
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    @Test
    void A5_rowsComeBackInOrderWhateverOrderAndConnectionTheyCameIn() throws Exception {
        for (int connections = 1; connections <= 3; connections++) {
            try (var snapshot = snapshot(connections);
                    var join = new BlockJoin(inRanges(NUMBERS::formatted), snapshot.connections(), ROWS)) {
                assertThat(snapshot.connections()).hasSize(connections);
                long rows = 0;
                for (var row = join.next(); row != null; row = join.next()) {
                    rows++;
                    Object number = rows % 7 == 0 ? null : rows * 0.5;
                    Object text = "é".repeat((int) (rows % 40));
                    if (!Objects.equals(row.value(0, ScalarType.FLOAT64), number)
                            || !text.equals(row.value(1, ScalarType.STRING))) {
                        assertThat(rows).as("place of a row").isZero();
                    }
                }
                assertThat(rows).isEqualTo(ROWS);
            }
        }
    }

    @Test
    void everyTypeIsReadExactly() throws Exception {
        var sql = """
            select 1::bigint, true, -7::int, 9007199254740993, 0.1::real, 'NaN'::float8, 'ü{,"', '\\x00ff'::bytea,
                timestamptz '0001-01-01T00:00:00.000001Z', array[1.5, null]::float8[], array[]::int[],
                array['a', null, ''], array[timestamptz '2026-03-01T12:00:00.5Z'], array[false], null::bigint[]
            """;
        try (var snapshot = snapshot(1);
                var join = new BlockJoin(_ -> sql, snapshot.connections(), 1)) {
            var row = Objects.requireNonNull(join.next());
            assertThat(row.value(0, ScalarType.BOOLEAN)).isEqualTo(true);
            assertThat(row.value(1, ScalarType.INT32)).isEqualTo(-7);
            assertThat(row.value(2, ScalarType.INT64)).isEqualTo(9007199254740993L);
            assertThat(row.value(3, ScalarType.FLOAT32)).isEqualTo(0.1f);
            assertThat(row.value(4, ScalarType.FLOAT64)).isEqualTo(Double.NaN);
            assertThat(row.value(5, ScalarType.STRING)).isEqualTo("ü{,\"");
            assertThat(row.value(6, ScalarType.BYTES)).isEqualTo(new byte[] {0, -1});
            assertThat(row.instant(7)).isEqualTo(Instant.parse("0001-01-01T00:00:00.000001Z"));
            assertThat(list(row, 8, ScalarType.FLOAT64)).isEqualTo(Arrays.asList(1.5, null));
            assertThat(list(row, 9, ScalarType.INT32)).isEmpty();
            assertThat(list(row, 10, ScalarType.STRING)).isEqualTo(Arrays.asList("a", null, ""));
            assertThat(list(row, 11, ScalarType.TIMESTAMP)).isEqualTo(List.of(Instant.parse("2026-03-01T12:00:00.5Z")));
            assertThat(list(row, 12, ScalarType.BOOLEAN)).isEqualTo(List.of(false));
            assertThat(list(row, 13, ScalarType.INT64)).isNull();
            assertThat(join.next()).isNull();
        }
    }

    @Test
    void A5_aRowThatIsMissingOrDoubledIsAFailure() throws Exception {
        for (String wrong : List.of("select 1::bigint", "select i::bigint from unnest(array[1, 2, 2]) i")) {
            try (var snapshot = snapshot(1);
                    var join = new BlockJoin(_ -> wrong, snapshot.connections(), 2)) {
                assertThatThrownBy(join::next)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("Spine row 2");
            }
        }
    }

    @Test
    void aFailedBlockFailsTheJoinAndLeavesConnectionsUsable() throws Exception {
        try (var snapshot = snapshot(3);
                var join = new BlockJoin(
                        inRanges((first, last) -> first == 1
                                ? NUMBERS.formatted(first, last)
                                : "select i::bigint, 1 / (i - %2$s) from generate_series(%1$s, %2$s) i"
                                        .formatted(first, last)),
                        snapshot.connections(),
                        ROWS)) {
            assertThatThrownBy(() -> {
                        while (join.next() != null) {
                            // Up to the first row of the second block.
                        }
                    })
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("division by zero");
        }
        assertThat(running()).isZero();
    }

    @Test
    void aCancelledJoinEndsItsQueries() throws Exception {
        try (var snapshot = snapshot(2);
                var join = new BlockJoin(
                        inRanges((first, _) -> "select %s::bigint from pg_sleep(600)".formatted(first)),
                        snapshot.connections(),
                        ROWS)) {
            Thread.ofVirtual().start(() -> {
                try {
                    while (running() == 0) {
                        Thread.sleep(10);
                    }
                    join.cancel();
                } catch (SQLException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThatThrownBy(join::next).isInstanceOf(SQLException.class).hasMessageContaining("cancel");
        }
        assertThat(running()).isZero();
    }

    @Test
    void aJoinThatIsClosedEarlyEndsItsQueries() throws Exception {
        try (var snapshot = snapshot(2);
                var join = new BlockJoin(
                        inRanges(
                                (first, last) -> NUMBERS.formatted(first, last) + (first == 1 ? "" : ", pg_sleep(60)")),
                        snapshot.connections(),
                        ROWS)) {
            assertThat(join.next()).isNotNull();
        }
        assertThat(running()).isZero();
    }

    @Test
    void connectionsOfASnapshotSeeTheSame() throws Exception {
        try (var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("create table snapshots as select 1 as seen");
            try (var snapshot = snapshot(2)) {
                statement.execute("insert into snapshots values (2)");
                assertThat(count(snapshot, 0)).hasValue(1);
                assertThat(count(snapshot, 1)).hasValue(1);
            } finally {
                statement.execute("drop table snapshots");
            }
        }
    }

    @Test
    void aSnapshotTakesNoMoreConnectionsThanAreSpare() throws Exception {
        var spare = new Semaphore(1);
        try (var one = new SharedSnapshot(pool, spare, 3, true)) {
            assertThat(one.connections()).hasSize(2);
            try (var other = new SharedSnapshot(pool, spare, 3, true)) {
                assertThat(other.connections()).hasSize(1);
            }
        }
        assertThat(spare.availablePermits()).isOne();
    }

    @Test
    void rowsWithoutRecentValuesAreAskedForAgain() throws Exception {
        var asked = Collections.synchronizedList(new ArrayList<BlockJoin.Rows>());
        var blocks = new BlockJoin.Blocks() {
            @Override
            public String sql(BlockJoin.Rows rows) {
                asked.add(rows);
                return switch (rows) {
                    case BlockJoin.Rows.All(long first, long last) -> NUMBERS.formatted(first, last);
                    case BlockJoin.Rows.Recent(long first, long last, var ages) ->
                        "select * from (%s) n (i) where i %% %s <> 0"
                                .formatted(
                                        NUMBERS.formatted(first, last),
                                        ages.getLast().getAsLong());
                    case BlockJoin.Rows.Some(long[] numbers) ->
                        "select * from (%s) n (i) where i = any ('%s')"
                                .formatted(
                                        NUMBERS.formatted(1, ROWS),
                                        Arrays.toString(numbers)
                                                .replace('[', '{')
                                                .replace(']', '}'));
                };
            }

            @Override
            public Optional<String> agesSql(long first, long last) {
                return Optional.of(first == 1 ? "select null::bigint, 10" : "select null::bigint, null::bigint");
            }
        };
        try (var snapshot = snapshot(1);
                var join = new BlockJoin(blocks, snapshot.connections(), ROWS)) {
            long rows = 0;
            for (var row = join.next(); row != null; row = join.next()) {
                rows++;
                if (!Objects.equals(row.value(1, ScalarType.STRING), "é".repeat((int) (rows % 40)))) {
                    assertThat(rows).as("place of a row").isZero();
                }
            }
            assertThat(rows).isEqualTo(ROWS);
        }
        assertThat(asked.getFirst())
                .isEqualTo(new BlockJoin.Rows.Recent(
                        1, LARGEST_BLOCK, List.of(OptionalLong.empty(), OptionalLong.of(10))));
        assertThat(asked.get(1))
                .isInstanceOfSatisfying(
                        BlockJoin.Rows.Some.class,
                        some -> assertThat(some.numbers())
                                .hasSize(LARGEST_BLOCK / 10)
                                .startsWith(10, 20, 30));
        assertThat(asked.subList(2, asked.size())).hasSize(3).hasOnlyElementsOfType(BlockJoin.Rows.All.class);
    }

    private static BlockJoin.Blocks inRanges(BiFunction<Long, Long, String> sql) {
        return rows -> {
            var all = (BlockJoin.Rows.All) rows;
            return sql.apply(all.first(), all.last());
        };
    }

    private static OptionalInt count(SharedSnapshot snapshot, int connection) throws SQLException {
        try (var statement = snapshot.connections().get(connection).createStatement();
                var result = statement.executeQuery("select count(*) from snapshots")) {
            return result.next() ? OptionalInt.of(result.getInt(1)) : OptionalInt.empty();
        }
    }

    private static @Nullable List<?> list(BlockRow row, int field, ScalarType element) {
        return (List<?>) row.value(field, new ListType(element, OptionalInt.empty()));
    }

    private SharedSnapshot snapshot(int connections) throws SQLException {
        return new SharedSnapshot(pool, new Semaphore(connections - 1), connections, true);
    }

    private static long running() throws SQLException {
        try (var connection = TestStores.database().connect();
                var statement = connection.createStatement();
                var result = statement.executeQuery("""
                    select count(*) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and query like 'copy (select%'
                      and (state = 'active' or state like 'idle in transaction%')
                    """)) {
            result.next();
            return result.getLong(1);
        }
    }
}
