package dev.asof.offline;

import dev.asof.offline.copy.Admission;
import dev.asof.offline.copy.Timelines;
import dev.asof.offline.copy.WindowAnswers;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Looks up where a block's values stand in copies, and answers aggregates; they are read by whoever wants the rows. */
final class CopyReader implements BlockJoin.Reader {

    /** So many rows' steps are taken together. */
    private static final int AT_ONCE = 512;

    private final List<HistoryCopy> copies;
    private final SpineReader spine;
    private final CopyShape shape;
    private final PointInTimeJoin.Reading reading;
    private final VisibleBatches.Filter visible;
    private final long limit;
    private final List<int[]> keyPositions;
    private final @Nullable Object[] values;
    /** For each view; null where nothing is aggregated. */
    private final @Nullable WindowAnswers[] windows;

    private final Arena arena = Arena.ofShared();
    private final List<CopiedBlock> blocks = new ArrayList<>();
    /** Blocks that were read by whoever wanted them: their memory is used again. */
    private final Queue<CopiedBlock> free = new ConcurrentLinkedQueue<>();

    /**
     * @param copies for each of the selection's views
     * @param limit bytes that the answers of a view for a block may take
     */
    CopyReader(
            FeatureSelection selection,
            List<HistoryCopy> copies,
            SpineReader spine,
            CopyShape shape,
            PointInTimeJoin.Reading reading,
            VisibleBatches.Filter visible,
            long limit) {
        this.copies = copies;
        this.spine = spine;
        this.shape = shape;
        this.reading = reading;
        this.visible = visible;
        this.limit = limit;
        var requestKeys = List.copyOf(selection.requestKeys().keySet());
        this.keyPositions = selection.views().stream()
                .map(view -> view.keyColumns().stream()
                        .mapToInt(requestKeys::indexOf)
                        .toArray())
                .toList();
        this.values = new @Nullable Object[requestKeys.size()];
        var admission = new Admission(reading.strict(), reading.known(), visible::contains);
        this.windows = IntStream.range(0, copies.size())
                .mapToObj(view -> windows(selection.views().get(view), view, admission))
                .toArray(WindowAnswers[]::new);
    }

    private @Nullable WindowAnswers windows(FeatureSelection.View selected, int view, Admission admission) {
        var part = shape.parts().get(view);
        return part.hasAggregates()
                ? new WindowAnswers(
                        selected.view(), copies.get(view).history(), admission, part.aggregates(), part.windows())
                : null;
    }

    @Override
    public BlockJoin.JoinedBlock read(long first, long last) throws SQLException, IOException {
        var used = free.poll();
        var block = used == null ? new CopiedBlock(copies, shape, arena, free) : used;
        if (used == null) {
            blocks.add(block);
            block.open(limit);
        }
        block.begin(spine.read(first, last), (int) (last - first + 1));
        try {
            find(block);
            return block;
        } catch (IOException | RuntimeException e) {
            block.close();
            throw e;
        }
    }

    private void find(CopiedBlock block) throws IOException {
        long[] asOf = new long[block.count()];
        long[][] timelines = new long[copies.size()][];
        for (int view = 0; view < timelines.length; view++) {
            timelines[view] = windows[view] == null ? new long[0] : new long[block.count()];
        }
        var locks = HistoryCopy.inLockOrder(copies).stream()
                .map(copy -> copy.lock().readLock())
                .toList();
        locks.forEach(Lock::lock);
        try {
            for (int first = 0; first < block.count(); first += AT_ONCE) {
                find(block, first, Math.min(AT_ONCE, block.count() - first), asOf, timelines);
            }
        } finally {
            locks.forEach(Lock::unlock);
        }
        for (int view = 0; view < timelines.length; view++) {
            var answers = windows[view];
            if (answers != null) {
                answers.answer(timelines[view], asOf, block.answers(view));
            }
        }
    }

    private void find(CopiedBlock block, int first, int count, long[] times, long[][] timelines) {
        long[] asOf = new long[count];
        var keys = keys(block, asOf);
        System.arraycopy(asOf, 0, times, first, count);
        long[][] found = new long[copies.size()][count];
        for (int view = 0; view < copies.size(); view++) {
            if (shape.parts().get(view).isRowWanted()) {
                copies.get(view).find(keys.get(view), asOf, reading, visible, found[view]);
            } else {
                Arrays.fill(found[view], Timelines.NONE);
            }
            if (windows[view] != null) {
                long[] ofView = new long[count];
                copies.get(view).timelines().find(keys.get(view), ofView);
                System.arraycopy(ofView, 0, timelines[view], first, count);
            }
        }
        block.take(first, found);
    }

    /** The keys of the next rows for each view, and their as-of times. */
    private List<@Nullable EntityKey[]> keys(CopiedBlock block, long[] asOf) {
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
        Arrays.stream(windows).filter(Objects::nonNull).forEach(WindowAnswers::cancel);
        spine.cancel();
    }

    @Override
    public void close() {
        blocks.forEach(CopiedBlock::release);
        arena.close();
    }
}
