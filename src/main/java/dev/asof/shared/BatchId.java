package dev.asof.shared;

/** The identifier of an accepted batch of source rows; greater ids were begun later. */
public record BatchId(long value) {

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
