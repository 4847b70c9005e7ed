package dev.asof.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.TestStores;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Rows of which nobody knows how large they are before they come. */
class RowFetchTest {

    private static final int MEGABYTE = 1 << 20;

    private final List<Boolean> careful = new ArrayList<>();
    private final TestStores.Database database = TestStores.newDatabase();
    private final Properties properties = new Properties();
    private int mostAtOnce;

    RowFetchTest() {
        properties.setProperty("user", database.username());
        properties.setProperty("password", database.password());
        RowFetch.limit(properties);
    }

    @Test
    void smallRowsAreFetchedByThousands() {
        assertThat(read("select 'x' from generate_series(1, 9000)")).isEqualTo(9_000);
        assertThat(mostAtOnce).isEqualTo(2_000);
        assertThat(careful).containsExactly(false);
    }

    @Test
    void rowsThatAreLargeFromTheStartAreReadOnce() {
        assertThat(read("select repeat('x', 1000000) from generate_series(1, 100)"))
                .isEqualTo(100);
        assertThat(mostAtOnce).isLessThanOrEqualTo(32);
        assertThat(careful).containsExactly(false);
    }

    @Test
    void rowsInBoundsAreReadWhateverCameBeforeThem() {
        assertThat(read("select repeat('x', case when i < 9000 then 1 else 1000000 end) from"
                        + " generate_series(1, 9100) i"))
                .isEqualTo(9_100);
        assertThat(mostAtOnce).isLessThanOrEqualTo(32);
        assertThat(careful).containsExactly(false, true);
    }

    @Test
    void rowsBeyondTheBoundsAreRefused() {
        assertThatThrownBy(() -> read("select repeat('x', 3000000) from generate_series(1, 100)"))
                .hasMessage("too large");
        assertThat(careful).containsExactly(false);
    }

    private int read(String sql) {
        careful.clear();
        return RowFetch.reading(carefully -> {
            careful.add(carefully);
            mostAtOnce = 0;
            return readOnce(sql, carefully);
        });
    }

    private int readOnce(String sql, boolean carefully) {
        int read = 0;
        try (var connection = DriverManager.getConnection(database.jdbcUrl(), properties);
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            var fetch = new RowFetch(statement, MEGABYTE, carefully);
            try (var result = statement.executeQuery(sql)) {
                while (result.next()) {
                    read++;
                    fetch.took(result, result.getString(1).length());
                    mostAtOnce = Math.max(mostAtOnce, result.getFetchSize());
                }
            } catch (SQLException e) {
                throw new IllegalStateException(fetch.isTooLarge(e) ? "too large" : "another failure", e);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return read;
    }
}
