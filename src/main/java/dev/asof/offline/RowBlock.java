package dev.asof.offline;

import dev.asof.formats.ScratchFiles;
import dev.asof.postgres.BlockRow;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Rows as Postgres sent them, taken in any order and given back in that of their numbers. They are in a temporary file
 * without a name, which is gone with the process, so that memory doesn't grow with their width.
 */
final class RowBlock implements BlockJoin.JoinedBlock {

    private static final int BUFFER = 64 * 1024;
    private static final long MISSING = -1;

    private final long first;
    private final int count;
    private final MemorySegment places;
    private final FileChannel channel;
    private final OutputStream out;
    private final Arena arena = Arena.ofShared();
    private MemorySegment contents = MemorySegment.NULL;
    private long size;

    /** @param first the number of the first row of {@code count} */
    RowBlock(long first, int count) {
        this.first = first;
        this.count = count;
        this.places = arena.allocate(ValueLayout.JAVA_LONG, count);
        for (int i = 0; i < count; i++) {
            place(i, MISSING);
        }
        try {
            Path file = ScratchFiles.file("asof-join-", ".rows");
            this.channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    /** How many rows it is made for. */
    @Override
    public int count() {
        return count;
    }

    /**
     * Takes a row.
     *
     * @throws IllegalStateException when its number is not of this block, or was taken before (rule A5)
     */
    void add(long number, byte[] message, int offset, int length) {
        long place = number - first;
        if (place < 0 || place >= count || place((int) place) != MISSING) {
            throw new IllegalStateException("Spine row %s came back outside its block or twice".formatted(number));
        }
        place((int) place, size);
        try {
            out.write(message, offset, length);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
        size += length;
    }

    /** The numbers of the rows that were not added so far. */
    long[] missing() {
        return IntStream.range(0, count)
                .filter(i -> place(i) == MISSING)
                .mapToLong(i -> first + i)
                .toArray();
    }

    /** Says that all rows were added. */
    void finish() {
        long[] missing = missing();
        if (missing.length > 0) {
            throw new IllegalStateException("Spine row %s did not come back".formatted(missing[0]));
        }
        try {
            out.flush();
            contents = channel.map(MapMode.READ_ONLY, 0, size, arena);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    @Override
    public void read(int index, BlockRow into) {
        into.readAll(contents, place(index));
    }

    /** Sets a row's first fields to those of an index. */
    void readFields(int index, BlockRow into, int fields) {
        into.readFirst(contents, place(index), fields);
    }

    private long place(int row) {
        return places.getAtIndex(ValueLayout.JAVA_LONG, row);
    }

    private void place(int row, long place) {
        places.setAtIndex(ValueLayout.JAVA_LONG, row, place);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        channel.close();
    }
}
