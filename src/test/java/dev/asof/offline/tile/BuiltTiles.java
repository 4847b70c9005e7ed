package dev.asof.offline.tile;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.asof.offline.AggregateTable;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.support.MutableClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** Tiles of views of an {@link AggregateTable}, made when a test says so. */
public final class BuiltTiles implements AutoCloseable {

    private final HikariDataSource dataSource;
    private final Coverage coverage;
    private final TileMetrics metrics;
    private final StoredTiles stored;

    public BuiltTiles(AggregateTable table) {
        dataSource = pool(table);
        coverage = new Coverage(dataSource);
        metrics = new TileMetrics(new SimpleMeterRegistry(), MutableClock.standing(Instant.EPOCH));
        stored = new StoredTiles(new Coverage(table.dataSource), table.dataSource, metrics);
    }

    static HikariDataSource pool(AggregateTable table) {
        var config = new HikariConfig();
        config.setJdbcUrl(Objects.requireNonNull(table.dataSource.getUrl()));
        config.setUsername(Objects.requireNonNull(table.dataSource.getUsername()));
        config.setPassword(Objects.requireNonNull(table.dataSource.getPassword()));
        config.setConnectionInitSql("set timezone = 'UTC'");
        config.setMaximumPoolSize(4);
        return new HikariDataSource(config);
    }

    static TileBuilder builder(RegisteredView view, DataSource dataSource, TileMetrics metrics, Instant now) {
        return new TileBuilder(
                () -> List.of(view),
                new Coverage(dataSource),
                dataSource,
                new JdbcTransactionManager(dataSource),
                metrics,
                MutableClock.standing(now));
    }

    /** Makes all tiles that can be made as of a time. */
    public void build(RegisteredView view, Instant now) {
        var builder = builder(view, dataSource, metrics, now);
        while (builder.step(view)) {
            // until there is nothing left to do
        }
    }

    /** The last thing in the table's transaction that adds rows. */
    public void keep(RegisteredView view, Collection<FeatureRow> rows) {
        var touched = new TouchedTiles(view, Integer.MAX_VALUE);
        rows.forEach(touched::add);
        stored.keep(List.of(touched));
    }

    /** As a batch does that is too large to keep tiles true. */
    public void giveUp(RegisteredView view, Instant from, Instant until) {
        coverage.giveUp(view, Stretches.of(Timestamps.toMicros(from), Timestamps.toMicros(until)));
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
