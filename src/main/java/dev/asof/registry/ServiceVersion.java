package dev.asof.registry;

import dev.asof.shared.FeatureServiceName;

/** One immutable version of a feature service, written {@code service@v3}. */
public record ServiceVersion(FeatureServiceName service, int version) {

    @Override
    public String toString() {
        return service + "@v" + version;
    }
}
