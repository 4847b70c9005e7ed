package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A body that was received whole: in memory while it is small, else in a temporary file. */
final class IncomingBody implements ReceivedContent, AutoCloseable {

    /** Of a larger body, all is on disk. */
    static final int HELD_BYTES = 256 << 10;

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    static final IncomingBody NONE = new IncomingBody(new byte[0], null, 0);

    private final byte[] head;
    private final @Nullable Path file;
    private final long size;

    private IncomingBody(byte[] head, @Nullable Path file, long size) {
        this.head = head;
        this.file = file;
        this.size = size;
    }

    /**
     * Receives a body to its end.
     *
     * @param declared its length if that is known, else negative
     * @param most how many bytes it may have
     * @param directory for the file, this server's alone
     * @throws AsofException PAYLOAD_TOO_LARGE, or UNAVAILABLE when it can't be kept
     * @throws IOException when it ends early
     */
    static IncomingBody receive(InputStream in, long declared, long most, Path directory) throws IOException {
        if (declared > most) {
            throw tooLarge(most);
        }
        byte[] head = in.readNBytes(declared >= 0 && declared <= HELD_BYTES ? (int) declared : HELD_BYTES + 1);
        return head.length <= HELD_BYTES ? new IncomingBody(head, null, head.length) : spool(head, in, most, directory);
    }

    private static IncomingBody spool(byte[] head, InputStream rest, long most, Path directory) throws IOException {
        Path file = directory.resolve("asof-body-" + UUID.randomUUID());
        try (var out = create(file)) {
            write(out, head, head.length);
            long size = head.length;
            byte[] buffer = new byte[HELD_BYTES / 4];
            for (int read = rest.read(buffer); read >= 0; read = rest.read(buffer)) {
                size += read;
                if (size > most) {
                    throw tooLarge(most);
                }
                write(out, buffer, read);
            }
            return new IncomingBody(new byte[0], file, size);
        } catch (IOException | RuntimeException | Error e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static OutputStream create(Path file) {
        try {
            return Files.newOutputStream(Files.createFile(file, OWNER_ONLY));
        } catch (IOException e) {
            throw notKept(e);
        }
    }

    private static void write(OutputStream out, byte[] bytes, int length) {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            throw notKept(e);
        }
    }

    /** That is the server's trouble, and sending the body again later may help. */
    static AsofException notKept(IOException e) {
        return new AsofException(
                ErrorCode.UNAVAILABLE,
                "The server has no room to keep the body while it comes; nothing was stored: send it again later",
                e);
    }

    private static AsofException tooLarge(long most) {
        return new AsofException(
                ErrorCode.PAYLOAD_TOO_LARGE, "The body is larger than %s MiB: send it in parts".formatted(most >> 20));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public InputStream open() throws IOException {
        return file == null ? new ByteArrayInputStream(head) : Files.newInputStream(file);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
