package dev.asof.transform;

import dev.asof.transform.Evaluator.OfObject;
import java.util.List;

/**
 * A map while an expression is evaluated.
 *
 * @param keys of the classes their input has, none of them null
 * @param values as many
 */
record Buckets(List<?> keys, List<?> values) {

    /** @param position of the list of keys, before that of values */
    static OfObject reader(int position) {
        return frame -> frame.at(position) instanceof List<?> keys && frame.at(position + 1) instanceof List<?> values
                ? new Buckets(keys, values)
                : null;
    }
}
