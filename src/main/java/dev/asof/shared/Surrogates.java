package dev.asof.shared;

/** Halves of surrogate pairs in UTF-16 text, which JSON can write but UTF-8 cannot. */
public final class Surrogates {

    private Surrogates() {}

    /** The position of the first half that stands alone; -1 when there is none. */
    public static int unpaired(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
