package dev.asof.training;

import dev.asof.shared.Timestamps;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Writes rows into a table by Postgres's binary COPY, in blocks. Closing without {@link #finish} leaves no row. */
final class BinaryCopy implements AutoCloseable {

    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};
    private static final int BLOCK = 64 * 1024;
    private static final long MICROS_FROM_1970_TO_2000 = 946_684_800_000_000L;

    private final CopyIn copy;
    private ByteBuffer buffer = ByteBuffer.allocate(BLOCK);

    BinaryCopy(Connection connection, String table) throws SQLException {
        copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("copy " + table + " from stdin (format binary)");
        buffer.put(SIGNATURE).putInt(0).putInt(0);
    }

    /**
     * Writes the first {@code count} values as a row; integers become int4, longs int8, byte arrays bytea, instants
     * timestamptz.
     */
    void row(@Nullable Object[] values, int count) throws SQLException {
        if (buffer.position() >= BLOCK / 2) {
            flush();
        }
        room(2).putShort((short) count);
        for (int i = 0; i < count; i++) {
            field(values[i]);
        }
    }

    void finish() throws SQLException {
        room(2).putShort((short) -1);
        flush();
        copy.endCopy();
    }

    @Override
    public void close() throws SQLException {
        if (copy.isActive()) {
            copy.cancelCopy();
        }
    }

    private void field(@Nullable Object value) {
        switch (value) {
            case null -> room(4).putInt(-1);
            case Boolean bool -> room(5).putInt(1).put((byte) (bool ? 1 : 0));
            case Integer number -> room(8).putInt(4).putInt(number);
            case Long number -> room(12).putInt(8).putLong(number);
            case Instant instant ->
                room(12).putInt(8).putLong(Timestamps.toMicros(instant) - MICROS_FROM_1970_TO_2000);
            case String text -> bytes(text.getBytes(StandardCharsets.UTF_8));
            case byte[] binary -> bytes(binary);
            default -> throw new IllegalArgumentException("Not a value of a key: " + value.getClass());
        }
    }

    private void bytes(byte[] content) {
        room(4 + content.length).putInt(content.length).put(content);
    }

    private ByteBuffer room(int size) {
        if (buffer.remaining() < size) {
            var larger = ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + size));
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }

    private void flush() throws SQLException {
        copy.writeToCopy(buffer.array(), 0, buffer.position());
        buffer = buffer.capacity() > 4 * BLOCK ? ByteBuffer.allocate(BLOCK) : buffer.clear();
    }
}
