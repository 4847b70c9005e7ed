package dev.asof.ingestion.contract;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values that a batch has had so far in columns that are to be unique. Only a 128-bit hash of each is kept, in one
 * flat table with 16 bytes a slot, so that millions of rows fit in memory.
 */
final class SeenRows {

    private static final int FIRST_SLOTS = 1_024;

    private final int[] columns;
    private final MessageDigest digest;
    private final ByteArrayOutputStream encoded = new ByteArrayOutputStream(64);
    private final DataOutputStream out = new DataOutputStream(encoded);
    private long[] table = new long[2 * FIRST_SLOTS];
    private int count;
    private boolean hashed;
    private long high;
    private long low;

    SeenRows(int[] columns) {
        this.columns = columns.clone();
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Whether a row with the same values was added; never for a row with a null among them. */
    boolean contains(@Nullable Object[] row) {
        hashed = hash(row);
        if (!hashed) {
            return false;
        }
        int slot = slot(table, high, low);
        return table[slot] == high && table[slot + 1] == low;
    }

    /** Adds the row that {@link #contains} was last asked about, so that it is hashed once. */
    void addLast() {
        if (!hashed) {
            return;
        }
        int slot = slot(table, high, low);
        if (table[slot] == high && table[slot + 1] == low) {
            return;
        }
        table[slot] = high;
        table[slot + 1] = low;
        count++;
        // three quarters full: 3 million rows stay within 64 MiB
        if (count > table.length / 8 * 3) {
            grow();
        }
    }

    private void grow() {
        long[] larger = new long[Math.multiplyExact(2, table.length)];
        for (int i = 0; i < table.length; i += 2) {
            if (table[i] != 0 || table[i + 1] != 0) {
                int slot = slot(larger, table[i], table[i + 1]);
                larger[slot] = table[i];
                larger[slot + 1] = table[i + 1];
            }
        }
        table = larger;
    }

    /** Where the hash stands, or the empty slot where it would. */
    private static int slot(long[] table, long high, long low) {
        int mask = table.length - 1;
        int slot = (int) (low << 1) & mask;
        while ((table[slot] != 0 || table[slot + 1] != 0) && (table[slot] != high || table[slot + 1] != low)) {
            slot = (slot + 2) & mask;
        }
        return slot;
    }

    private boolean hash(@Nullable Object[] row) {
        encoded.reset();
        for (int column : columns) {
            Object value = row[column];
            if (value == null) {
                return false;
            }
            encode(value);
        }
        digest.update(encoded.toByteArray());
        var hash = ByteBuffer.wrap(digest.digest());
        high = hash.getLong();
        low = hash.getLong();
        if (high == 0 && low == 0) {
            low = 1;
        }
        return true;
    }

    /** Values of a column have one type, so only lengths keep neighbours apart. */
    private void encode(Object value) {
        try {
            switch (value) {
                case String text -> encode(text.getBytes(StandardCharsets.UTF_8));
                case Long number -> out.writeLong(number);
                case Integer number -> out.writeInt(number);
                case Double number -> out.writeDouble(number + 0.0);
                case Float number -> out.writeFloat(number + 0.0f);
                case Boolean bool -> out.writeBoolean(bool);
                case Instant instant -> {
                    out.writeLong(instant.getEpochSecond());
                    out.writeInt(instant.getNano());
                }
                case byte[] bytes -> {
                    out.writeInt(bytes.length);
                    out.write(bytes);
                }
                case List<?> list -> {
                    out.writeInt(list.size());
                    for (Object element : list) {
                        out.writeBoolean(element == null);
                        if (element != null) {
                            encode(element);
                        }
                    }
                }
                default -> throw new IllegalStateException("Not a value: " + value.getClass());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
