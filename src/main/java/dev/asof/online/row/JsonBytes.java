package dev.asof.online.row;

import dev.asof.shared.Timestamps;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * JSON in UTF-8, written into one growing array: an answer is thousands of numbers, for which a generator's checks and
 * copies cost more than the numbers. It puts no commas and keeps no nesting; that is the caller's part.
 */
public final class JsonBytes {

    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] HEX = ascii("0123456789ABCDEF");
    private static final int LONGEST_NUMBER = 32;
    private static final int CONTROL_CHARACTERS = 0x20;

    private byte[] bytes;
    private int length;

    public JsonBytes(int expectedSize) {
        bytes = new byte[expectedSize];
    }

    /** Text as its bytes, for {@link #raw(byte[])}. */
    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What is JSON already. */
    public JsonBytes raw(byte[] json) {
        room(json.length);
        System.arraycopy(json, 0, bytes, length, json.length);
        length += json.length;
        return this;
    }

    /** One character of ASCII. */
    public JsonBytes raw(char character) {
        room(1);
        bytes[length++] = (byte) character;
        return this;
    }

    public void nothing() {
        raw(NULL);
    }

    public void bool(boolean value) {
        raw(value ? TRUE : FALSE);
    }

    void int64(long value) {
        room(LONGEST_NUMBER);
        if (value < 0) {
            latin1(Long.toString(value));
            return;
        }
        int digits = 1;
        for (long rest = value; rest > 9; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /** Text where JSON has no token for the value (rule J1). */
    void float32(float value) {
        room(LONGEST_NUMBER);
        if (Float.isFinite(value)) {
            latin1(Float.toString(value));
        } else {
            quoted(Float.toString(value));
        }
    }

    /** Text where JSON has no token for the value (rule J1). */
    void float64(double value) {
        room(LONGEST_NUMBER);
        if (Double.isFinite(value)) {
            latin1(Double.toString(value));
        } else {
            quoted(Double.toString(value));
        }
    }

    /** Microseconds since 1970 as text in quotes. */
    public void timestamp(long micros) {
        room(Timestamps.TEXT_LENGTH + 2);
        bytes[length] = '"';
        Timestamps.format(micros, bytes, length + 1);
        length += Timestamps.TEXT_LENGTH + 2;
        bytes[length - 1] = '"';
    }

    void base64(byte[] from, int start, int count) {
        byte[] encoded = Base64.getEncoder().encode(Arrays.copyOfRange(from, start, start + count));
        raw('"').raw(encoded).raw('"');
    }

    void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        utf8(utf8, 0, utf8.length);
    }

    /** Text that is UTF-8 already, quoted and escaped. */
    void utf8(byte[] from, int start, int count) {
        raw('"');
        int copied = start;
        for (int i = start; i < start + count; i++) {
            byte character = from[i];
            // bytes of characters beyond ASCII are negative
            if (character >= 0 && character < CONTROL_CHARACTERS || character == '"' || character == '\\') {
                copy(from, copied, i);
                escape(character);
                copied = i + 1;
            }
        }
        copy(from, copied, start + count);
        raw('"');
    }

    private void escape(byte character) {
        raw('\\');
        switch (character) {
            case '"', '\\' -> raw((char) character);
            case '\b' -> raw('b');
            case '\t' -> raw('t');
            case '\n' -> raw('n');
            case '\f' -> raw('f');
            case '\r' -> raw('r');
            default ->
                raw('u').raw('0').raw('0').raw((char) HEX[character >> 4]).raw((char) HEX[character & 0xF]);
        }
    }

    private void copy(byte[] from, int start, int end) {
        room(end - start);
        System.arraycopy(from, start, bytes, length, end - start);
        length += end - start;
    }

    private void quoted(String text) {
        bytes[length++] = '"';
        latin1(text);
        bytes[length++] = '"';
    }

    /** For text that fits into {@link #LONGEST_NUMBER}: the deprecated method is the one that makes no array. */
    @SuppressWarnings("deprecation")
    private void latin1(String text) {
        text.getBytes(0, text.length(), bytes, length);
        length += text.length();
    }

    private void room(int needed) {
        if (bytes.length - length < needed) {
            bytes = Arrays.copyOf(bytes, Math.max(length + needed, bytes.length * 2));
        }
    }

    public int length() {
        return length;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(bytes, 0, length);
    }
}
