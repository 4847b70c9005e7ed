package dev.asof.shared;

/** One immutable version of a feature view, written {@code view@v2}. Versions count from 1. */
public record ViewVersion(FeatureViewName view, int version) implements Comparable<ViewVersion> {

    public ViewVersion {
        if (version < 1) {
            throw new IllegalArgumentException("Versions count from 1: " + version);
        }
    }

    /** The stem of the names of everything this version owns in Postgres, such as {@code view__v2}. */
    public String relation() {
        return view.value() + "__v" + version;
    }

    @Override
    public int compareTo(ViewVersion other) {
        int byName = view.compareTo(other.view);
        return byName != 0 ? byName : Integer.compare(version, other.version);
    }

    @Override
    public String toString() {
        return view + "@v" + version;
    }
}
