package dev.asof.formats;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** About how much memory rows take, for whoever holds some of them: a few may have texts of a million characters in each column. */
public final class RowSize {

    private static final int OBJECT = 24;

    private RowSize() {}

    /** In bytes. */
    public static long of(@Nullable Object[] values) {
        long size = OBJECT;
        for (Object value : values) {
            size += of(value);
        }
        return size;
    }

    /** Of one value, in bytes. */
    public static long of(@Nullable Object value) {
        return switch (value) {
            case null -> 0;
            case String text -> OBJECT + 2L * text.length();
            case byte[] bytes -> OBJECT + bytes.length;
            case List<?> list -> ofList(list);
            default -> OBJECT;
        };
    }

    private static long ofList(List<?> list) {
        long size = OBJECT;
        for (Object element : list) {
            size += Integer.BYTES + of(element);
        }
        return size;
    }
}
