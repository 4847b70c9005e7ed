package dev.asof.shared;

/** The name of a feature view, in the form of {@link Names}. */
public record FeatureViewName(String value) implements Comparable<FeatureViewName> {

    public FeatureViewName {
        Names.checked("feature view", value);
    }

    @Override
    public int compareTo(FeatureViewName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
