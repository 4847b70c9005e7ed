package dev.asof.materialization;

import dev.asof.online.OnlineRow;
import dev.asof.shared.EntityKey;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Packed rows in temporary files, one for each share of the keys, as in a hash join that outgrows its memory. Nothing
 * depends on them: should they be lost with the server, the rows are in Postgres.
 */
final class SpilledRows implements AutoCloseable {

    private static final int PARTS = 64;

    private final Path directory;
    private final List<DataOutputStream> parts = new ArrayList<>(PARTS);

    SpilledRows() {
        try {
            directory = Files.createTempDirectory("asof-newest-rows-");
            for (int i = 0; i < PARTS; i++) {
                parts.add(new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file(i)))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(int part) {
        return directory.resolve("part-" + part);
    }

    void add(OnlineRow row) {
        byte[] key = row.key().bytes();
        try {
            DataOutputStream out = parts.get(Math.floorMod(row.key().hashCode(), PARTS));
            out.writeShort(key.length);
            out.write(key);
            out.writeLong(row.eventMicros());
            out.writeLong(row.rowSequence());
            out.writeInt(row.value().length);
            out.write(row.value());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void forEachPart(Consumer<Collection<OnlineRow>> consumer) {
        for (int i = 0; i < PARTS; i++) {
            consumer.accept(newestOf(i).values());
        }
    }

    private Map<EntityKey, OnlineRow> newestOf(int part) {
        var newest = new HashMap<EntityKey, OnlineRow>();
        try {
            parts.get(part).close();
            try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file(part))))) {
                for (long left = Files.size(file(part)); left > 0; ) {
                    OnlineRow row = read(in);
                    left -= Short.BYTES + 2L * Long.BYTES + Integer.BYTES + row.key().bytes().length + row.value().length;
                    newest.merge(row.key(), row, (one, other) -> one.isNewerThan(other) ? one : other);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return newest;
    }

    private static OnlineRow read(DataInputStream in) throws IOException {
        EntityKey key = EntityKey.ofEncoded(in.readNBytes(in.readUnsignedShort()));
        long eventMicros = in.readLong();
        long rowSequence = in.readLong();
        return new OnlineRow(key, eventMicros, rowSequence, in.readNBytes(in.readInt()));
    }

    @Override
    public void close() {
        try {
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).close();
                Files.deleteIfExists(file(i));
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
