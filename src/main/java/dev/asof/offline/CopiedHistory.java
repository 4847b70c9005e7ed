package dev.asof.offline;

import dev.asof.registry.FeatureSelection;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The copies of all view versions of a selection, and what one moment's snapshot of Postgres sees of them. Closed when its
 * joins are, so that copies that were dropped meanwhile give their room back.
 */
public final class CopiedHistory implements AutoCloseable {

    /**
     * So many spine rows of a view are joined at once where aggregates are answered: the trees over a key's rows are made for all of a
     * block's.
     */
    private static final int MOST_ROWS = 512_000;

    /** So that the first rows are written while the others are answered. */
    private static final int BLOCKS_PER_READER = 2;

    private final FeatureSelection selection;
    private final List<HistoryCopy> copies;
    private final VisibleBatches seen;
    private final long limit;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /**
     * @param copies for each of the selection's views, entered, with the rows of all the batches that are seen
     * @param limit bytes that the answers of a view for a block of spine rows may take of the disk
     */
    CopiedHistory(FeatureSelection selection, List<HistoryCopy> copies, VisibleBatches seen, long limit) {
        this.selection = selection;
        this.copies = List.copyOf(copies);
        this.seen = seen;
        this.limit = limit;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            copies.forEach(HistoryCopy::leave);
        }
    }

    /** The batches that count, unless a join asks for others among them. */
    public VisibleBatches seen() {
        return seen;
    }

    /**
     * Begins a join that gives the selection's stored columns alone.
     *
     * @param spine opens a reader, one for each thread
     * @param rows of the spine
     */
    public BlockJoin join(Supplier<SpineReader> spine, PointInTimeJoin.Reading reading, long rows) {
        var shape = new CopyShape(selection, 0, false);
        return join(Stream.generate(spine).limit(SharedSnapshots.parallel(rows)).toList(), reading, shape, rows);
    }

    /**
     * Begins a join that gives what {@link PointInTimeJoin#blocksWithTimestamps} does.
     *
     * @param query of a spine that is a table; hands its as-of time and keys through
     * @param connections that see the spine, used by nobody else until the join is closed
     */
    public BlockJoin joinWithTimestamps(
            PointInTimeJoin join, PointInTimeJoin.Query query, List<Connection> connections, long rows) {
        var blocks = join.blocks(StoredSpineReader.withoutFeatures(query));
        var shape = new CopyShape(selection, query.columns().size(), true);
        return join(
                connections.stream()
                        .map(connection -> (SpineReader) new StoredSpineReader(blocks, query, connection))
                        .toList(),
                query.reading(),
                shape,
                rows);
    }

    private BlockJoin join(List<SpineReader> spines, PointInTimeJoin.Reading reading, CopyShape shape, long rows) {
        var visible = reading.batches().orElse(seen).filter();
        return BlockJoin.inUnits(
                spines.stream()
                        .map(spine -> new CopyReader(selection, copies, spine, shape, reading, visible, limit))
                        .toList(),
                shape.hasAggregates() ? units(rows, spines.size()) : 1,
                rows);
    }

    private int units(long rows, int readers) {
        long each = Math.clamp(Math.ceilDiv(rows, readers * BLOCKS_PER_READER), 1, MOST_ROWS / copies.size());
        return (int) Math.ceilDiv(each, BlockJoin.UNIT_ROWS);
    }
}
