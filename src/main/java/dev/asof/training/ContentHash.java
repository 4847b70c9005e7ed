package dev.asof.training;

import dev.asof.formats.ResultColumn;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash of rows, whatever format they are kept in: SHA-256 of the columns, then the rows in order.
 *
 * <p>Columns that are only handed through count as the texts that they are kept as, under their own type's name.
 *
 * <p>The encoding, all numbers big-endian: the number of columns (4 bytes); for each its name and its type's name, each
 * as a text. Then row by row, value by value: a byte 0 for null, else a byte 1 and the value: BOOLEAN a byte 0 or 1;
 * INT32 4 bytes; INT64 8; FLOAT32 4 and FLOAT64 8 in IEEE 754, every NaN the same; TIMESTAMP the microseconds since 1970
 * in 8; a text the length of its UTF-8 in 4, then that; BYTES its length in 4, then the bytes; a list its length in 4,
 * then its elements as values.
 */
public final class ContentHash {

    private static final int BLOCK = 32 * 1024;

    private final List<ResultColumn> columns;
    private final MessageDigest digest;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(2 * BLOCK);
    private final DataOutputStream out = new DataOutputStream(bytes);

    public ContentHash(List<ResultColumn> columns) {
        this.columns = List.copyOf(columns);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
            out.writeInt(columns.size());
            for (ResultColumn column : columns) {
                writeBytes(column.name().getBytes(StandardCharsets.UTF_8));
                writeBytes(column.typeName().getBytes(StandardCharsets.UTF_8));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void row(@Nullable Object[] values) {
        try {
            for (int i = 0; i < columns.size(); i++) {
                write(columns.get(i).type(), values[i]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (bytes.size() >= BLOCK) {
            drain();
        }
    }

    /** The hash of all rows so far, as {@code sha256:} and hexadecimal; ends the computation. */
    public String value() {
        drain();
        return "sha256:" + HexFormat.of().formatHex(digest.digest());
    }

    private void drain() {
        digest.update(bytes.toByteArray());
        bytes.reset();
    }

    private void write(ValueType type, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeByte(0);
            return;
        }
        out.writeByte(1);
        switch (type) {
            case ScalarType scalar -> writeScalar(scalar, value);
            case ListType list -> {
                var elements = (List<?>) value;
                out.writeInt(elements.size());
                for (Object element : elements) {
                    write(list.element(), element);
                }
            }
        }
    }

    private void writeScalar(ScalarType type, Object value) throws IOException {
        switch (type) {
            case BOOLEAN -> out.writeByte((Boolean) value ? 1 : 0);
            case INT32 -> out.writeInt((Integer) value);
            case INT64 -> out.writeLong((Long) value);
            case FLOAT32 -> out.writeInt(Float.floatToIntBits((Float) value));
            case FLOAT64 -> out.writeLong(Double.doubleToLongBits((Double) value));
            case STRING -> writeBytes(((String) value).getBytes(StandardCharsets.UTF_8));
            case BYTES -> writeBytes((byte[]) value);
            case TIMESTAMP -> out.writeLong(Timestamps.toMicros((Instant) value));
        }
    }

    private void writeBytes(byte[] content) throws IOException {
        out.writeInt(content.length);
        out.write(content);
    }
}
