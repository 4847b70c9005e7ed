package dev.asof.registry;

/** The life of a version (rule V3). */
public enum VersionState {
    /** Registered; its backfill is not done. */
    CANDIDATE,
    /** Complete in both stores. */
    READY,
    /** No longer fed or served; its number is never used again. */
    RETIRED;

    /** Whether accepted rows feed this version. */
    public boolean isLive() {
        return this != RETIRED;
    }
}
