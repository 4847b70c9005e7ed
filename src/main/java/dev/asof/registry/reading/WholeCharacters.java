package dev.asof.registry.reading;

import java.io.Reader;

/**
 * Reads a text without parting a character that takes two chars: the YAML library fails on one that its buffer, a
 * thousand chars and one, would end within.
 */
final class WholeCharacters extends Reader {

    private final String text;
    private int position;

    WholeCharacters(String text) {
        this.text = text;
    }

    @Override
    public int read(char[] into, int offset, int length) {
        if (position == text.length()) {
            return -1;
        }
        int end = Math.min(text.length(), position + length);
        boolean parts = end < text.length() && Character.isHighSurrogate(text.charAt(end - 1));
        if (parts && end - 1 > position) {
            end--;
        }
        int read = end - position;
        text.getChars(position, end, into, offset);
        position = end;
        return read;
    }

    @Override
    public void close() {
        // there is nothing to close
    }
}
