package dev.asof.ingestion.batch;

import dev.asof.http.ReceivedContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A request's body received whole before anything is locked or stored: so a slow or dying client holds up nobody, and
 * a body cut in half leaves no trace.
 */
record ReceivedBody(ReceivedContent content) {

    static final int SMALL_BYTES = 256 * 1024;

    boolean isSmall() {
        return content.size() <= SMALL_BYTES;
    }

    /** SHA-256 of the content, in hexadecimal. */
    String hash() {
        try (var in = open();
                var digesting =
                        new DigestOutputStream(OutputStream.nullOutputStream(), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(digesting);
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    InputStream open() {
        try {
            return content.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
