package dev.asof.registry;

import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One version of a feature view, resolved against the entities and the source it was registered with; all but its
 * state is immutable.
 *
 * @param id unique among all versions of all definitions, never used again; short, so fit for a store's keys
 * @param hash of the version's meaning (rule V1), in hexadecimal
 * @param evaluator the version of the evaluator that computes its expressions, as when it was registered
 * @param breaking whether it breaks readers of the version before it, so that only promotion makes it current
 */
public record RegisteredView(
        long id,
        ViewVersion version,
        VersionState state,
        String hash,
        int evaluator,
        boolean breaking,
        List<Key> keys,
        List<Feature> features,
        FeatureViewDefinition definition,
        Instant createdAt) {

    /** A join key and the source column its values come from. */
    public record Key(String name, ScalarType type, String sourceColumn) {}

    /** A feature with its type. */
    public record Feature(String name, ValueType type, FeatureDefinition definition) {}

    public RegisteredView {
        keys = List.copyOf(keys);
        features = List.copyOf(features);
    }

    public SourceName source() {
        return definition.source();
    }

    /** How old a row may be to count; empty for any age. */
    public Optional<Duration> ttl() {
        return definition.ttl();
    }

    public RegisteredView in(VersionState other) {
        return new RegisteredView(id, version, other, hash, evaluator, breaking, keys, features, definition, createdAt);
    }

    /** This version in other words: what it computes stays. */
    public RegisteredView as(FeatureViewDefinition written) {
        var definitions =
                written.features().stream().collect(Collectors.toMap(FeatureDefinition::name, Function.identity()));
        var rewritten = features.stream()
                .map(feature -> new Feature(
                        feature.name(), feature.type(), definitions.getOrDefault(feature.name(), feature.definition())))
                .toList();
        return new RegisteredView(id, version, state, hash, evaluator, breaking, keys, rewritten, written, createdAt);
    }

    /** The position of a feature, or -1. */
    public int indexOf(String feature) {
        for (int i = 0; i < features.size(); i++) {
            if (features.get(i).name().equals(feature)) {
                return i;
            }
        }
        return -1;
    }
}
