package dev.asof.shared;

/** The name of a feature service, in the form of {@link Names}. */
public record FeatureServiceName(String value) implements Comparable<FeatureServiceName> {

    public FeatureServiceName {
        Names.checked("feature service", value);
    }

    @Override
    public int compareTo(FeatureServiceName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
