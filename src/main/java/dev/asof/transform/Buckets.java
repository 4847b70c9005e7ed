package dev.asof.transform;

import dev.asof.transform.window.ShortText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map while an expression is evaluated.
 *
 * @param keys of the classes their input has, none of them null
 * @param values as many
 */
record Buckets(List<?> keys, List<?> values) {

    /** @param position of the list of keys, before that of values */
    static Evaluator reader(int position) {
        return row -> row[position] instanceof List<?> keys && row[position + 1] instanceof List<?> values
                ? new Buckets(keys, values)
                : null;
    }

    /** Null where the key is absent. */
    @Nullable
    Object get(Object key) {
        int found = indexOf(key);
        return found < 0 ? null : ListOperations.widened(values.get(found));
    }

    boolean contains(Object key) {
        return indexOf(key) >= 0;
    }

    /** Texts are told apart by as much as aggregates keep of them. */
    private int indexOf(Object key) {
        Object kept = key instanceof String text ? ShortText.of(text) : key;
        for (int i = 0; i < keys.size(); i++) {
            if (kept.equals(ListOperations.widened(keys.get(i)))) {
                return i;
            }
        }
        return -1;
    }
}
