package dev.asof.offline.copy;

import dev.asof.formats.ScratchFiles;
import java.io.IOException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;

/**
 * Memory in a temporary file without a name, which is gone with the process; the system keeps in RAM what is used. It only
 * grows, and is given back when it is closed. Written by one thread at a time.
 */
public final class GrowingFile {

    /** How much of the disk is taken at once. */
    private static final int STEP_BYTES = 1024 * 1024;

    /** So much of the disk is left to others, the database among them. */
    private static final long LEFT_FREE_BYTES = 1L << 30;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(STEP_BYTES).asReadOnlyBuffer();
    private static final int ALIGNMENT = Long.BYTES;

    /** It would be larger than it may be, or leave too little room to others. */
    public static final class FullException extends IOException {

        @Serial
        private static final long serialVersionUID = 1L;

        private final boolean lasting;

        private FullException(String message, boolean lasting) {
            super(message);
            this.lasting = lasting;
        }

        public static FullException beyond(long limit) {
            return new FullException(String.format(Locale.ROOT, "it would take more than %,d bytes", limit), true);
        }

        /** Others may give back what they take. */
        public static FullException beside(long limit) {
            return new FullException(
                    String.format(Locale.ROOT, "with what is in use, it would take more than %,d bytes", limit), false);
        }

        /** Whether it would be so again, whatever others take. */
        public boolean isLasting() {
            return lasting;
        }
    }

    private final FileStore disk;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private volatile long size;
    private long taken;

    /** @param limit bytes that it can grow to */
    public GrowingFile(long limit) throws IOException {
        Path file = ScratchFiles.file("asof-history-", ".rows");
        disk = Files.getFileStore(file.toAbsolutePath().getParent());
        channel = FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
        try {
            // A file with a hole, which takes no room on the disk.
            memory = channel.map(MapMode.READ_WRITE, 0, limit, arena);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** All of it; beyond {@link #size} there is nothing. */
    public MemorySegment memory() {
        return memory;
    }

    public long size() {
        return size;
    }

    /**
     * Adds zeros.
     *
     * @return where they begin, for numbers of eight bytes to stand
     * @throws FullException when the limit is reached, or the disk almost full
     */
    public long allocate(long bytes) throws IOException {
        long place = size;
        long end = Math.addExact(size, Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT);
        if (end > memory.byteSize()) {
            throw FullException.beyond(memory.byteSize());
        }
        while (taken < end) {
            if (disk.getUsableSpace() < LEFT_FREE_BYTES) {
                throw new FullException("the disk of the temporary directory is almost full", false);
            }
            // Written once: a full disk is an exception here, where a mapped page that finds no room ends the process.
            var zeros = ZEROS.duplicate().limit((int) Math.min(STEP_BYTES, memory.byteSize() - taken));
            while (zeros.hasRemaining()) {
                taken += channel.write(zeros, taken);
            }
        }
        size = end;
        return place;
    }

    /** Begins again, with the room that it has; what it held is still there in place of zeros. */
    void clear() {
        size = 0;
    }

    /** Gives its room back. Nobody may be reading it. */
    public void close() throws IOException {
        arena.close();
        channel.close();
    }
}
