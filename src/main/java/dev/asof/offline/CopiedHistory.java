package dev.asof.offline;

import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The copies of all view versions of a selection, and what one moment's snapshot of Postgres sees of them. Closed when its
 * joins are, so that copies that were dropped meanwhile give their room back.
 */
public final class CopiedHistory implements AutoCloseable {

    /** So many rows' steps are taken together. */
    private static final int AT_ONCE = 512;

    private final FeatureSelection selection;
    private final List<HistoryCopy> copies;
    private final VisibleBatches seen;
    private final List<int[]> keyPositions;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** @param copies for each of the selection's views, entered, with the rows of all the batches that are seen */
    CopiedHistory(FeatureSelection selection, List<HistoryCopy> copies, VisibleBatches seen) {
        this.selection = selection;
        this.copies = List.copyOf(copies);
        this.seen = seen;
        var requestKeys = List.copyOf(selection.requestKeys().keySet());
        this.keyPositions = selection.views().stream()
                .map(view -> view.keyColumns().stream()
                        .mapToInt(requestKeys::indexOf)
                        .toArray())
                .toList();
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
        var shape = new Shape(0, false);
        return BlockJoin.inUnits(
                Stream.generate(() -> new Reader(spine.get(), reading, shape))
                        .limit(SharedSnapshots.parallel(rows))
                        .toList(),
                rows);
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
        var shape = new Shape(query.columns().size(), true);
        return BlockJoin.inUnits(
                connections.stream()
                        .map(connection ->
                                new Reader(new StoredSpineReader(blocks, query, connection), query.reading(), shape))
                        .toList(),
                rows);
    }

    /** Which field of a row each value is. */
    private final class Shape {

        private final int fields;
        private final List<int[]> features;
        /** For each view the first of the two fields of its row's timestamps; -1 where they aren't wanted. */
        private final int[] timestamps;

        /** @param handedThrough how many columns of the spine come first */
        Shape(int handedThrough, boolean withTimestamps) {
            var columns = selection.storedColumns();
            var sources = withTimestamps ? selection.timestampSources() : List.<FeatureSelection.TimestampSource>of();
            fields = handedThrough + columns.size() + 2 * sources.size();
            timestamps = IntStream.range(0, copies.size())
                    .map(view -> sources.indexOf(new FeatureSelection.TimestampSource.Row(view)))
                    .map(source -> source < 0 ? -1 : handedThrough + columns.size() + 2 * source)
                    .toArray();
            features = copies.stream()
                    .map(copy -> {
                        int[] none = new int[copy.view().features().size()];
                        Arrays.fill(none, -1);
                        return none;
                    })
                    .toList();
            for (int i = 0; i < columns.size(); i++) {
                features.get(columns.get(i).view())[columns.get(i).feature()] = handedThrough + i;
            }
        }

        void read(@Nullable MemorySegment from, long place, int view, BlockRow into) {
            if (from == null) {
                into.setNull(features.get(view));
                if (timestamps[view] >= 0) {
                    into.setNull(timestamps[view], timestamps[view] + 1);
                }
                return;
            }
            HistoryCopy.readFeatures(from, place, into, features.get(view));
            if (timestamps[view] >= 0) {
                HistoryCopy.readTimestamps(from, place, into, timestamps[view]);
            }
        }
    }

    /** Looks up where a block's values stand; they are read by whoever wants the rows. */
    private final class Reader implements BlockJoin.Reader {

        private final SpineReader spine;
        private final PointInTimeJoin.Reading reading;
        private final Shape shape;
        private final VisibleBatches.Filter visible;
        private final @Nullable Object[] values =
                new @Nullable Object[selection.requestKeys().size()];
        private final Arena arena = Arena.ofShared();
        /** Blocks that were read by whoever wanted them: their memory is used again. */
        private final Queue<Block> free = new ConcurrentLinkedQueue<>();

        Reader(SpineReader spine, PointInTimeJoin.Reading reading, Shape shape) {
            this.spine = spine;
            this.reading = reading;
            this.shape = shape;
            this.visible = reading.batches().orElse(seen).filter();
        }

        @Override
        public BlockJoin.JoinedBlock read(long first, long last) throws SQLException, IOException {
            var used = free.poll();
            var block = used == null ? new Block(shape, arena, free) : used;
            block.begin(spine.read(first, last), (int) (last - first + 1));
            try {
                find(block);
                return block;
            } catch (RuntimeException e) {
                block.close();
                throw e;
            }
        }

        private void find(Block block) {
            var locks = HistoryCopy.inLockOrder(copies).stream()
                    .map(copy -> copy.lock().readLock())
                    .toList();
            locks.forEach(Lock::lock);
            try {
                for (int first = 0; first < block.count(); first += AT_ONCE) {
                    find(block, first, Math.min(AT_ONCE, block.count() - first));
                }
            } finally {
                locks.forEach(Lock::unlock);
            }
        }

        private void find(Block block, int first, int count) {
            long[] asOf = new long[count];
            var keys = keys(block, asOf);
            long[][] found = new long[copies.size()][count];
            long bytes = 0;
            for (int view = 0; view < copies.size(); view++) {
                var copy = copies.get(view);
                copy.find(keys.get(view), asOf, reading, visible, found[view]);
                bytes += Arrays.stream(found[view])
                        .filter(row -> row != Timelines.NONE)
                        .map(copy::length)
                        .sum();
            }
            block.take(first, found, bytes);
        }

        /** The keys of the next rows for each view, and their as-of times. */
        private List<@Nullable EntityKey[]> keys(Block block, long[] asOf) {
            var keys = new ArrayList<@Nullable EntityKey[]>();
            for (int view = 0; view < copies.size(); view++) {
                keys.add(isLikeBefore(view) ? keys.get(view - 1) : new @Nullable EntityKey[asOf.length]);
            }
            for (int i = 0; i < asOf.length; i++) {
                asOf[i] = HistoryCopy.sent(block.spine().nextKeys(values));
                for (int view = 0; view < copies.size(); view++) {
                    if (!isLikeBefore(view)) {
                        keys.get(view)[i] = key(keyPositions.get(view));
                    }
                }
            }
            return keys;
        }

        /** Whether a view has its keys from the same columns as the one before. */
        private boolean isLikeBefore(int view) {
            return view > 0 && Arrays.equals(keyPositions.get(view), keyPositions.get(view - 1));
        }

        private @Nullable EntityKey key(int[] positions) {
            var key = new ArrayList<@Nullable Object>(positions.length);
            for (int position : positions) {
                key.add(values[position]);
            }
            return EntityKey.of(key);
        }

        @Override
        public void cancel() throws SQLException {
            spine.cancel();
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private final class Block implements BlockJoin.JoinedBlock {

        private final Shape shape;
        private final Arena arena;
        private final Queue<Block> free;
        private SpineReader.@Nullable Block spine;
        private int count;
        /** The rows that were found, one after the other. */
        private MemorySegment rows = MemorySegment.NULL;

        private long size;
        /** Where in {@link #rows} each view's row is, for each spine row. */
        private MemorySegment places = MemorySegment.NULL;

        Block(Shape shape, Arena arena, Queue<Block> free) {
            this.shape = shape;
            this.arena = arena;
            this.free = free;
        }

        void begin(SpineReader.Block of, int spineRows) {
            spine = of;
            count = spineRows;
            size = 0;
            long needed = (long) spineRows * copies.size() * Long.BYTES;
            if (places.byteSize() < needed) {
                places = arena.allocate(needed, Long.BYTES);
            }
        }

        SpineReader.Block spine() {
            return Objects.requireNonNull(spine);
        }

        /** Copies rows that were found, which are in the processor's cache now, for whoever reads them in order. */
        void take(int first, long[][] found, long bytes) {
            reserve(bytes);
            for (int i = 0; i < found[0].length; i++) {
                for (int view = 0; view < found.length; view++) {
                    long row = found[view][i];
                    places.setAtIndex(
                            ValueLayout.JAVA_LONG, place(first + i, view), row == Timelines.NONE ? row : size);
                    if (row != Timelines.NONE) {
                        copies.get(view).copy(row, rows, size);
                        size += copies.get(view).length(row);
                    }
                }
            }
        }

        private void reserve(long bytes) {
            if (rows.byteSize() < size + bytes) {
                var larger = arena.allocate(2 * (size + bytes), Long.BYTES);
                MemorySegment.copy(rows, 0, larger, 0, size);
                rows = larger;
            }
        }

        private long place(int index, int view) {
            return (long) index * copies.size() + view;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public void read(int index, BlockRow into) {
            into.resize(shape.fields);
            spine().readColumns(index, into);
            for (int view = 0; view < copies.size(); view++) {
                long place = places.getAtIndex(ValueLayout.JAVA_LONG, place(index, view));
                shape.read(place == Timelines.NONE ? null : rows, place, view, into);
            }
        }

        @Override
        public void close() throws IOException {
            spine().close();
            free.add(this);
        }
    }
}
