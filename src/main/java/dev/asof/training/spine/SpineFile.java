package dev.asof.training.spine;

import dev.asof.formats.ResultColumn;
import dev.asof.formats.ScratchFiles;
import dev.asof.offline.BlockJoin;
import dev.asof.offline.SpineReader;
import dev.asof.postgres.RowBuffer;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A checked spine in a temporary file, whose columns' types are known only at its end. */
public final class SpineFile implements AutoCloseable {

    private static final int BUFFER = 256 * 1024;

    private final Path file;
    private DataOutputStream out;
    private final HandedThrough packing = new HandedThrough();
    private final List<Long> units = new ArrayList<>();
    private long rows;
    private long size;

    public SpineFile() {
        try {
            file = ScratchFiles.file("asof-spine-", ".rows");
            out = output();
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    private DataOutputStream output() throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER));
    }

    /** Begins anew, without rows. */
    void begin() {
        try {
            out.close();
            out = output();
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
        rows = 0;
        size = 0;
        units.clear();
    }

    /** Adds a row: its as-of time, its keys in the selection's order, its other columns in the spine's. */
    void add(Instant at, @Nullable Object[] keys, @Nullable Object[] others) {
        if (BlockJoin.unitOf(++rows) == units.size()) {
            units.add(size);
        }
        byte[] packed = packing.pack(keys, others);
        try {
            out.writeInt(Long.BYTES + packed.length);
            out.writeLong(Timestamps.toMicros(at));
            out.write(packed);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
        size += Integer.BYTES + Long.BYTES + packed.length;
    }

    /** Says that all rows were added; without it none counts. */
    void finish() {
        try {
            out.writeInt(-1);
            out.close();
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }

    /** Takes a row's values, in the order of the spine's columns. */
    @FunctionalInterface
    public interface RowConsumer {
        void accept(@Nullable Object[] row);
    }

    /** Reads all rows in order; may be done again. */
    public void forEach(LoadedSpine spine, RowConsumer rows) {
        try (var reader = read(spine)) {
            for (var row = reader.next(); row != null; row = reader.next()) {
                HeavyWork.goOn();
                rows.accept(row);
            }
        }
    }

    /** Reads the rows in order; may be done again. */
    public Rows read(LoadedSpine spine) {
        return new Rows(spine, 0);
    }

    /** Reads the rows in order, from one on that is the first of a {@link BlockJoin#unitOf unit}. */
    public Rows readFrom(long first, LoadedSpine spine) {
        return new Rows(spine, units.get(BlockJoin.unitOf(first)));
    }

    /** The rows' values, in the order of the spine's columns. */
    public final class Rows implements SpineReader.Block {

        private final SpineColumns columns;
        private final List<ResultColumn> keyColumns;
        private final List<ResultColumn> otherColumns;
        private final @Nullable Object[] keys;
        private final int[] keyPositions;
        private final DataInputStream in;
        private byte[] bytes = {};

        private Rows(LoadedSpine spine, long position) {
            columns = spine.columns();
            keyColumns = spine.at(columns.keys());
            otherColumns = spine.at(columns.others());
            keys = new @Nullable Object[keyColumns.size()];
            keyPositions = IntStream.range(0, keys.length).toArray();
            try {
                var stored = Files.newInputStream(file);
                stored.skipNBytes(position);
                in = new DataInputStream(new BufferedInputStream(stored, BUFFER));
            } catch (IOException e) {
                throw ScratchFiles.failed(e);
            }
        }

        /** The next row; null after the last. */
        public @Nullable Object @Nullable [] next() {
            var packed = packed();
            if (packed == null) {
                return null;
            }
            var row = new @Nullable Object[columns.names().size()];
            row[columns.at()] = Timestamps.ofMicros(packed.getLong());
            HandedThrough.unpack(packed, keyColumns, row, columns.keys());
            HandedThrough.unpack(packed, otherColumns, row, columns.others());
            return row;
        }

        @Override
        public Instant nextKeys(@Nullable Object[] into) {
            var packed = Objects.requireNonNull(packed());
            var at = Timestamps.ofMicros(packed.getLong());
            HandedThrough.unpack(packed, keyColumns, into, keyPositions);
            return at;
        }

        /** Adds the next row's time and keys to a buffer; there must be one. */
        void copyTo(RowBuffer buffer) {
            buffer.value(ScalarType.TIMESTAMP, nextKeys(keys));
            for (int i = 0; i < keys.length; i++) {
                buffer.value(keyColumns.get(i).type(), keys[i]);
            }
        }

        private @Nullable ByteBuffer packed() {
            try {
                int length = in.readInt();
                if (length < 0) {
                    return null;
                }
                if (bytes.length < length) {
                    bytes = new byte[2 * length];
                }
                in.readFully(bytes, 0, length);
                return ByteBuffer.wrap(bytes, 0, length);
            } catch (IOException e) {
                throw ScratchFiles.failed(e);
            }
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw ScratchFiles.failed(e);
            }
        }
    }

    @Override
    public void close() {
        try (var _ = out) {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
    }
}
