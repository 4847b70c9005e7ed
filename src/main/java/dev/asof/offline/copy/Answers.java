package dev.asof.offline.copy;

import dev.asof.postgres.BlockRow;
import dev.asof.postgres.RowBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Fields for each of some rows, taken in any order, in a temporary file: memory doesn't grow with them. Used again and again. */
public final class Answers implements AutoCloseable {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final GrowingFile file;
    private final MemorySegment memory;

    /** @param limit bytes that it can grow to */
    public Answers(long limit) throws IOException {
        this.file = new GrowingFile(limit);
        this.memory = file.memory();
    }

    /** Begins again, for so many rows. */
    public void begin(int rows) throws IOException {
        file.clear();
        file.allocate((long) rows * Long.BYTES);
    }

    /** Takes the fields that were written for a row. */
    void put(int row, RowBuffer fields) throws IOException {
        long place = file.allocate(fields.drained());
        fields.drainTo(memory, place);
        memory.setAtIndex(LONG, row, place);
    }

    /**
     * Sets a row's fields.
     *
     * @param fields which ones they are, in their order; -1 for one to be skipped
     */
    public void read(int row, BlockRow into, int[] fields) {
        into.read(memory, memory.getAtIndex(LONG, row), fields);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
