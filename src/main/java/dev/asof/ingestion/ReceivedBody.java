package dev.asof.ingestion;

import dev.asof.offline.ScratchFiles;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A request's body received whole before anything is locked or stored: so a slow or dying client holds up nobody, and
 * a body cut in half leaves no trace. Small ones stay in memory, others go to a temporary file.
 */
final class ReceivedBody implements AutoCloseable {

    static final int SMALL_BYTES = 256 * 1024;

    private final byte[] head;
    private final @Nullable Path file;
    private final String hash;

    private ReceivedBody(byte[] head, @Nullable Path file, String hash) {
        this.head = head;
        this.file = file;
        this.hash = hash;
    }

    static ReceivedBody receive(InputStream body) {
        var digest = sha256();
        try (var digesting = new DigestInputStream(body, digest)) {
            byte[] head = digesting.readNBytes(SMALL_BYTES + 1);
            Path file = head.length <= SMALL_BYTES ? null : spool(head, digesting);
            return new ReceivedBody(head, file, HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST, "The body ended early; nothing was stored: send all of it again", e);
        }
    }

    private static Path spool(byte[] head, InputStream rest) throws IOException {
        Path file = ScratchFiles.file("asof-rows-", ".body");
        try (var out = Files.newOutputStream(file)) {
            out.write(head);
            rest.transferTo(out);
            return file;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    boolean isSmall() {
        return file == null;
    }

    /** SHA-256 of the content, in hexadecimal. */
    String hash() {
        return hash;
    }

    InputStream open() {
        try {
            return file == null ? new ByteArrayInputStream(head) : Files.newInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
