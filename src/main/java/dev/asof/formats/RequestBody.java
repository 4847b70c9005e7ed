package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Violation;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.List;

/**
 * A request's body: starts after its byte order mark, and remembers when it broke off, so that a client who went away
 * is told apart from one who sent nonsense.
 */
public final class RequestBody extends FilterInputStream {

    /** The longest line of text or row: a longer one is refused before it is held in memory. */
    public static final int MAX_RECORD_LENGTH = 1 << 20;

    private static final String BROKEN_OFF = "The body ended early: the connection broke before all of it was read";
    private static final int[] BYTE_ORDER_MARK = {0xEF, 0xBB, 0xBF};

    private boolean brokenOff;

    private RequestBody(PushbackInputStream in) {
        super(in);
    }

    /** @throws AsofException MALFORMED_REQUEST when there is nothing in it */
    static RequestBody of(InputStream in) {
        var pushback = new PushbackInputStream(in, BYTE_ORDER_MARK.length);
        var body = new RequestBody(pushback);
        try {
            byte[] start = body.readNBytes(BYTE_ORDER_MARK.length);
            if (start.length == 0) {
                throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The body is empty: send at least one row");
            }
            if (!isByteOrderMark(start)) {
                pushback.unread(start);
            }
            return body;
        } catch (IOException e) {
            throw body.malformed("The body can't be read", e);
        }
    }

    private static boolean isByteOrderMark(byte[] start) {
        for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
            if (i >= start.length || (start[i] & 0xFF) != BYTE_ORDER_MARK[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            brokenOff = true;
            throw e;
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        // whatever reads it, and whatever of it is skipped
        HeavyWork.goOn();
        try {
            return super.read(buffer, offset, length);
        } catch (IOException e) {
            brokenOff = true;
            throw e;
        }
    }

    /** Closing again, or closing a connection that is gone, is no failure. */
    @Override
    public void close() {
        try {
            super.close();
        } catch (IOException e) {
            brokenOff = true;
        }
    }

    /** Whether reading it failed. */
    boolean isBrokenOff() {
        return brokenOff;
    }

    /** The error for a failure while reading, which is the sender's unless the connection broke. */
    AsofException malformed(String detail, Throwable cause) {
        return new AsofException(ErrorCode.MALFORMED_REQUEST, brokenOff ? BROKEN_OFF : detail, cause);
    }

    /** As {@link #malformed(String, Throwable)}, for text of which the line is known. */
    AsofException malformed(String code, long line, String detail) {
        return brokenOff
                ? new AsofException(ErrorCode.MALFORMED_REQUEST, BROKEN_OFF)
                : malformedText(code, line, detail);
    }

    /** The error for text that breaks its format in a line. */
    static AsofException malformedText(String code, long line, String detail) {
        var violation = Violation.of(null, code, detail);
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST, detail, List.of(line < 1 ? violation : violation.atLine((int) line)));
    }
}
