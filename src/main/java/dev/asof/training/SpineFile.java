package dev.asof.training;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A checked spine in a temporary file, whose columns' types are known only at its end. */
final class SpineFile implements SpineSink, AutoCloseable {

    private static final int BUFFER = 256 * 1024;

    private final Path file;
    private final DataOutputStream out;
    private final HandedThrough packing = new HandedThrough();

    SpineFile() {
        try {
            file = Files.createTempFile("asof-spine-", ".rows");
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER));
        } catch (IOException e) {
            throw new UncheckedIOException("No temporary file for a spine", e);
        }
    }

    @Override
    public void row(@Nullable Object... values) {
        try {
            byte[] packed = packing.pack(Arrays.asList(values));
            out.writeInt(packed.length);
            out.write(packed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void finish() {
        try {
            out.writeInt(-1);
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes a row's values, in the order of the spine's columns. */
    @FunctionalInterface
    interface RowConsumer {
        void accept(@Nullable Object[] row);
    }

    /** Reads all rows in order; may be done again. */
    void forEach(LoadedSpine spine, RowConsumer rows) {
        try (var reader = read(spine)) {
            for (var row = reader.next(); row != null; row = reader.next()) {
                rows.accept(row);
            }
        }
    }

    /** Reads the rows in order; may be done again. */
    Rows read(LoadedSpine spine) {
        return new Rows(spine);
    }

    /** The rows' values, in the order of the spine's columns. */
    final class Rows implements AutoCloseable {

        private final SpineColumns columns;
        private final List<ValueType> packedTypes = new ArrayList<>(List.of(ScalarType.INT64, ScalarType.TIMESTAMP));
        private final List<ValueType> otherTypes;
        private final int[] positions;
        private final DataInputStream in;

        private Rows(LoadedSpine spine) {
            columns = spine.columns();
            for (int key : columns.keys()) {
                packedTypes.add(spine.types().get(key));
            }
            packedTypes.add(ScalarType.BYTES);
            otherTypes = spine.otherTypes();
            positions = new int[packedTypes.size()];
            Arrays.setAll(positions, i -> i);
            try {
                in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The next row; null after the last. */
        @Nullable Object @Nullable [] next() {
            try {
                int length = in.readInt();
                return length < 0 ? null : row(in.readNBytes(length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private @Nullable Object[] row(byte[] bytes) {
            var packed = new @Nullable Object[positions.length];
            HandedThrough.unpack(bytes, packedTypes, packed, positions);
            var row = new @Nullable Object[columns.names().size()];
            row[columns.at()] = packed[1];
            for (int i = 0; i < columns.keys().length; i++) {
                row[columns.keys()[i]] = packed[i + 2];
            }
            var others = (byte[]) Objects.requireNonNull(packed[packed.length - 1]);
            HandedThrough.unpack(others, otherTypes, row, columns.others());
            return row;
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            out.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
