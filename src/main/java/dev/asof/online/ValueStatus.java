package dev.asof.online;

import org.jspecify.annotations.Nullable;

/** What a looked-up value is (rule O1). */
public enum ValueStatus {
    PRESENT,
    /** The newest row has no value for the feature, or nothing in the window has one (rule W2). */
    NULL_VALUE,
    /** The key has no row, was deleted, or is null itself; aggregates are answered as of no rows instead (rule W2). */
    NOT_FOUND,
    /** The newest row is older than the view's TTL; its value is withheld. */
    OUTSIDE_MAX_AGE,
    /** The feature's expression failed, or an aggregate has no value of its type (rule W3). */
    ERROR,
    /** There is a value, of fewer keys than there are in the window (rule W6). */
    TRUNCATED;

    /**
     * The status of a value that is computed from others (rule V3): what fails outweighs that it is null, and that it was made
     * from some of the keys.
     *
     * @param value null for none
     * @param failed whether its expression did, or what it reads
     * @param truncated whether what it reads is
     */
    public static ValueStatus ofComputed(@Nullable Object value, boolean failed, boolean truncated) {
        if (failed) {
            return ERROR;
        }
        if (value == null) {
            return NULL_VALUE;
        }
        return truncated ? TRUNCATED : PRESENT;
    }
}
