package dev.asof.online.lookup;

import dev.asof.offline.AggregateRows;
import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.online.row.PackedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTilesBuilder;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes of a key's rows and tiles in Postgres what is published of it online, for lookups. */
final class PostgresKeys {

    /** A clock is asked so seldom. */
    private static final int ROWS_BETWEEN_LOOKS = 1_000;

    private static final Publication NEVER_PUBLISHED = new Publication(0, 0);

    private final AggregateRows rows;
    private final TransactionTemplate reading;

    /** @param dataSource whose connections and time limits are used */
    PostgresKeys(DataSource dataSource) {
        this.rows = AggregateRows.by(dataSource);
        this.reading = new TransactionTemplate(new JdbcTransactionManager(dataSource));
        this.reading.setReadOnly(true);
    }

    /**
     * Packed keys in the order in which they are given, null where there is nothing.
     *
     * @param end when it has to be done, by {@link System#nanoTime}
     * @throws dev.asof.shared.AsofException UNAVAILABLE when it isn't done by then
     * @throws org.springframework.dao.DataAccessException when Postgres can't answer
     */
    List<byte @Nullable []> read(RegisteredView view, List<EntityKey> keys, Instant asOf, long end) {
        var found = new Found(view, asOf, end);
        reading.executeWithoutResult(_ -> rows.read(view, keys, found.plan, found));
        found.finishKey();
        return keys.stream().<byte @Nullable []>map(found.packed::get).toList();
    }

    private static final class Found implements AggregateRows.Rows {

        private final RegisteredView view;
        private final ViewAggregates aggregates;
        private final TilePlan plan;
        private final long end;
        private final Map<EntityKey, byte[]> packed = new HashMap<>();
        private @Nullable EntityKey key;
        private Optional<FeatureRow> newest = Optional.empty();
        private KeyTilesBuilder tiles;
        private int rows;

        Found(RegisteredView view, Instant asOf, long end) {
            this.view = view;
            this.aggregates = view.aggregates().orElseThrow();
            var cells = aggregates.tileCells();
            this.plan = TilePlan.of(
                    cells,
                    new Closed(Timestamps.toMicros(asOf), TilePlan.scheme(cells).finest()));
            this.end = end;
            this.tiles = plan.newKey();
        }

        @Override
        public void newest(FeatureRow row) {
            begin(row.key());
            newest = Optional.of(row);
        }

        @Override
        public void counted(FeatureRow row) {
            begin(row.key());
            look();
            long event = Timestamps.toMicros(row.eventTimestamp());
            tiles.add(event, (cell, state) -> aggregates.add(cell, state, row.kept(), event, row.rowSequence()));
        }

        @Override
        public void tile(EntityKey ofKey, KeyTiles.Tile tile) {
            begin(ofKey);
            look();
            tiles.add(tile);
        }

        private void look() {
            if (++rows % ROWS_BETWEEN_LOOKS == 0 && System.nanoTime() > end) {
                throw PostgresRows.overloaded(null);
            }
        }

        private void begin(EntityKey next) {
            if (!next.equals(key)) {
                finishKey();
                key = next;
                newest = Optional.empty();
                tiles = plan.newKey();
            }
        }

        void finishKey() {
            if (key != null) {
                var whole = new PublishedKey(key, newest, tiles.build());
                packed.put(key, PackedKey.packWhole(view, NEVER_PUBLISHED, whole));
            }
        }
    }
}
