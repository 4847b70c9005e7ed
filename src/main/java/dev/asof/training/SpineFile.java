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

/** A checked spine in a temporary file, until its columns' types are known and it can go into a table of real columns. */
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
        var columns = spine.columns();
        List<ValueType> packedTypes = new ArrayList<>(List.of(ScalarType.INT64, ScalarType.TIMESTAMP));
        for (int key : columns.keys()) {
            packedTypes.add(spine.types().get(key));
        }
        packedTypes.add(ScalarType.BYTES);
        int width = packedTypes.size();
        int[] positions = new int[width];
        Arrays.setAll(positions, i -> i);
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
            for (int length = in.readInt(); length >= 0; length = in.readInt()) {
                var packed = new @Nullable Object[width];
                HandedThrough.unpack(in.readNBytes(length), packedTypes, packed, positions);
                var row = new @Nullable Object[columns.names().size()];
                row[columns.at()] = packed[1];
                for (int i = 0; i < columns.keys().length; i++) {
                    row[columns.keys()[i]] = packed[i + 2];
                }
                HandedThrough.unpack(
                        (byte[]) Objects.requireNonNull(packed[width - 1]), spine.otherTypes(), row, columns.others());
                rows.accept(row);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
