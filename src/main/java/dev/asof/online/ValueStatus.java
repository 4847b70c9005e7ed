package dev.asof.online;

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
    TRUNCATED
}
