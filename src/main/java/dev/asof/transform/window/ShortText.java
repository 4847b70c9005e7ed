package dev.asof.transform.window;

import java.nio.charset.StandardCharsets;

/** Text by which values are told apart in states: so much of it as every state can hold (rule W6). */
public final class ShortText {

    public static final int MAX_BYTES = 256;

    private ShortText() {}

    /** The longest beginning of at most {@link #MAX_BYTES} bytes in UTF-8 that ends where a character does. */
    public static String of(String text) {
        if (text.length() <= MAX_BYTES / 4) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_BYTES) {
            return text;
        }
        int end = MAX_BYTES;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
