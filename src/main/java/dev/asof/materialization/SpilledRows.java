package dev.asof.materialization;

import dev.asof.formats.ScratchFiles;
import dev.asof.online.OnlineRow;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ProducerThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Packed rows in temporary files, one for each share of the keys, as in a hash join that outgrows its memory. Nothing
 * depends on them: should they be lost with the server, the rows are in Postgres.
 */
final class SpilledRows implements AutoCloseable {

    private static final int PARTS = 64;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int HEADER_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

    private final Path directory;
    private final List<Part> parts = new ArrayList<>(PARTS);
    private long bytes;

    /** The rows of one share of the keys: written, then read once. */
    private static final class Part {

        private final FileChannel file;
        private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

        private Part(Path path) throws IOException {
            file = FileChannel.open(
                    path,
                    Set.of(
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE),
                    ScratchFiles.OWNER_ONLY);
        }

        void write(OnlineRow row) throws IOException {
            byte[] key = row.key().bytes();
            byte[] value = row.value();
            int size = HEADER_BYTES + key.length + value.length;
            if (buffer.remaining() < size) {
                flush();
                ensureCapacity(size);
            }
            buffer.putInt(key.length)
                    .putInt(value.length)
                    .putLong(row.eventMicros())
                    .putLong(row.rowSequence())
                    .put(key)
                    .put(value);
        }

        private void flush() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
            buffer.clear();
        }

        private void ensureCapacity(int bytes) {
            if (buffer.capacity() < bytes) {
                buffer = ByteBuffer.allocate(bytes).put(buffer.flip());
            }
        }

        Map<EntityKey, OnlineRow> newest() throws IOException {
            flush();
            file.position(0);
            buffer.flip();
            var newest = new HashMap<EntityKey, OnlineRow>();
            while (fill(HEADER_BYTES)) {
                OnlineRow row = read();
                newest.merge(row.key(), row, (one, other) -> one.isNewerThan(other) ? one : other);
            }
            return newest;
        }

        private OnlineRow read() throws IOException {
            byte[] key = new byte[buffer.getInt()];
            byte[] value = new byte[buffer.getInt()];
            long eventMicros = buffer.getLong();
            long rowSequence = buffer.getLong();
            fill(key.length + value.length);
            buffer.get(key).get(value);
            return new OnlineRow(EntityKey.ofEncoded(key), eventMicros, rowSequence, value);
        }

        /** Has at least so many bytes in the buffer, if the file has; false at its end. */
        private boolean fill(int bytes) throws IOException {
            if (buffer.remaining() >= bytes) {
                return true;
            }
            buffer.compact();
            ensureCapacity(bytes);
            boolean more = true;
            while (more && buffer.position() < bytes) {
                more = file.read(buffer) >= 0;
            }
            buffer.flip();
            return buffer.remaining() >= bytes;
        }
    }

    SpilledRows() {
        try {
            directory = ScratchFiles.directory("asof-newest-rows-");
            for (int i = 0; i < PARTS; i++) {
                parts.add(new Part(directory.resolve("part-" + i)));
            }
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    /** How much was added. */
    long bytes() {
        return bytes;
    }

    void add(OnlineRow row) {
        bytes += HEADER_BYTES + row.key().bytes().length + row.value().length;
        try {
            parts.get(Math.floorMod(row.key().hashCode(), PARTS)).write(row);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    /** Gives the newest rows part by part; the next is read while the consumer is busy with the one before. */
    void forEachPart(Consumer<Collection<OnlineRow>> consumer) {
        var unread = parts.iterator();
        try (var newest = new ProducerThread<Collection<OnlineRow>, IOException, RuntimeException>(
                "read-spilled-rows",
                () -> unread.hasNext() ? unread.next().newest().values() : null)) {
            for (var rows = newest.take(); rows != null; rows = newest.take()) {
                consumer.accept(rows);
            }
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    @Override
    public void close() {
        try {
            for (Part part : parts) {
                part.file.close();
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }
}
