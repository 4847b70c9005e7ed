package dev.asof.shared;

/** The name of a source, in the form of {@link Names}. */
public record SourceName(String value) implements Comparable<SourceName> {

    public SourceName {
        Names.checked("source", value);
    }

    @Override
    public int compareTo(SourceName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
