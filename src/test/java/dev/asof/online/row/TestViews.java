package dev.asof.online.row;

import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Registered views without a registry. */
public final class TestViews {

    private TestViews() {}

    /** A view whose keys and features have the given types, in the maps' order. */
    public static RegisteredView view(
            long id,
            String name,
            Map<String, ScalarType> keys,
            Map<String, ? extends ValueType> features,
            Optional<Duration> ttl) {
        var source = new SourceName("events");
        var viewName = new FeatureViewName(name);
        return new RegisteredView(
                id,
                new ViewVersion(viewName, 1),
                VersionState.READY,
                "hash" + id,
                1,
                false,
                keys.entrySet().stream()
                        .map(key -> new RegisteredView.Key(key.getKey(), key.getValue(), key.getKey()))
                        .toList(),
                features.entrySet().stream()
                        .map(feature -> new RegisteredView.Feature(
                                feature.getKey(),
                                feature.getValue(),
                                new ColumnFeature(feature.getKey(), feature.getKey(), Optional.empty())))
                        .toList(),
                new FeatureViewDefinition(viewName, List.of(), source, ttl, List.of(), 1, Metadata.NONE),
                Instant.EPOCH);
    }

    /** A view by a STRING key {@code id} with one INT64 feature {@code value}. */
    public static RegisteredView counter(long id) {
        return view(
                id,
                "counter_" + id,
                Map.of("id", ScalarType.STRING),
                Map.of("value", ScalarType.INT64),
                Optional.empty());
    }
}
