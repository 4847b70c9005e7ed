package dev.asof.offline;

import dev.asof.offline.copy.Answers;
import dev.asof.offline.copy.Timelines;
import dev.asof.postgres.BlockRow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Spine rows with what was found for them in copies, and answered. Its memory is used again once it is closed. */
final class CopiedBlock implements BlockJoin.JoinedBlock {

    private static final Logger LOG = LoggerFactory.getLogger(CopiedBlock.class);

    private final List<HistoryCopy> copies;
    private final CopyShape shape;
    private final Arena arena;
    private final Queue<CopiedBlock> free;
    private final @Nullable Answers[] answers;
    private SpineReader.@Nullable Block spine;
    private int count;
    /** The rows that were found, one after the other. */
    private MemorySegment rows = MemorySegment.NULL;

    private long size;
    /** Where in {@link #rows} each view's row is, for each spine row. */
    private MemorySegment places = MemorySegment.NULL;

    /** @param free where it goes when it is closed */
    CopiedBlock(List<HistoryCopy> copies, CopyShape shape, Arena arena, Queue<CopiedBlock> free) {
        this.copies = copies;
        this.shape = shape;
        this.arena = arena;
        this.free = free;
        this.answers = new @Nullable Answers[copies.size()];
    }

    /** Makes the files of its answers, until {@link #release}. */
    void open(long limit) throws IOException {
        for (int view = 0; view < answers.length; view++) {
            if (shape.parts().get(view).hasAggregates()) {
                answers[view] = new Answers(limit);
            }
        }
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

    Answers answers(int view) {
        return Objects.requireNonNull(answers[view]);
    }

    /**
     * Takes rows that were found. In small blocks they are copied now that they are in the processor's cache, for whoever
     * reads them in order; large ones, as aggregates need, would take too much memory.
     */
    void take(int first, long[][] found) {
        if (!isInPlace()) {
            reserve(found);
        }
        for (int i = 0; i < found[0].length; i++) {
            for (int view = 0; view < found.length; view++) {
                places.setAtIndex(ValueLayout.JAVA_LONG, place(first + i, view), taken(found[view][i], view));
            }
        }
    }

    private boolean isInPlace() {
        return shape.hasAggregates();
    }

    private long taken(long row, int view) {
        if (row == Timelines.NONE) {
            return row;
        }
        var copied = copies.get(view).copied();
        if (isInPlace()) {
            return copied.wanted(row);
        }
        long place = size;
        copied.copy(row, rows, place);
        size += copied.length(row);
        return place;
    }

    private void reserve(long[][] found) {
        long needed = size;
        for (int view = 0; view < found.length; view++) {
            var copied = copies.get(view).copied();
            for (long row : found[view]) {
                needed += row == Timelines.NONE ? 0 : copied.length(row);
            }
        }
        if (rows.byteSize() < needed) {
            var larger = arena.allocate(2 * needed, Long.BYTES);
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
        into.resize(shape.fields());
        spine().readColumns(index, into);
        for (int view = 0; view < copies.size(); view++) {
            var part = shape.parts().get(view);
            long place = places.getAtIndex(ValueLayout.JAVA_LONG, place(index, view));
            part.readRow(place == Timelines.NONE ? null : memory(view), place, into);
            if (part.hasAggregates()) {
                part.readAnswers(answers(view), index, into);
            }
        }
    }

    private MemorySegment memory(int view) {
        return isInPlace() ? copies.get(view).copied().memory() : rows;
    }

    @Override
    public void close() throws IOException {
        spine().close();
        free.add(this);
    }

    /** Gives its files back. */
    void release() {
        for (Answers ofView : answers) {
            try {
                if (ofView != null) {
                    ofView.close();
                }
            } catch (IOException e) {
                LOG.debug("A temporary file was not closed: {}", e.getMessage());
            }
        }
    }
}
