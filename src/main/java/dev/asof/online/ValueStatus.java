package dev.asof.online;

/** What a looked-up value is (rule O1). */
public enum ValueStatus {
    PRESENT,
    /** The newest row has no value for the feature. */
    NULL_VALUE,
    /** The key has no row, was deleted, or is null itself. */
    NOT_FOUND,
    /** The newest row is older than the view's TTL; its value is withheld. */
    OUTSIDE_MAX_AGE,
    /** The feature's expression failed. */
    ERROR
}
