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
 * @param rowId what tells rows apart for its aggregates (rule W4), by columns of the source; empty without aggregates
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
        Instant createdAt,
        List<Key> rowId) {

    /** A join key and the source column its values come from. */
    public record Key(String name, ScalarType type, String sourceColumn) {}

    /**
     * A feature with its type.
     *
     * @param input the type of what is aggregated; empty for what is no aggregate, and for a count of rows
     */
    public record Feature(String name, ValueType type, FeatureDefinition definition, Optional<ScalarType> input) {

        /** One that is no aggregate. */
        public Feature(String name, ValueType type, FeatureDefinition definition) {
            this(name, type, definition, Optional.empty());
        }

        public boolean isAggregate() {
            return definition instanceof FeatureDefinition.AggregateFeature;
        }
    }

    public RegisteredView {
        keys = List.copyOf(keys);
        features = List.copyOf(features);
        rowId = List.copyOf(rowId);
    }

    /** One without aggregates, or whose every row is an event. */
    public RegisteredView(
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
        this(id, version, state, hash, evaluator, breaking, keys, features, definition, createdAt, List.of());
    }

    public SourceName source() {
        return definition.source();
    }

    /** How old a row may be to count; empty for any age. */
    public Optional<Duration> ttl() {
        return definition.ttl();
    }

    public RegisteredView in(VersionState other) {
        return new RegisteredView(
                id, version, other, hash, evaluator, breaking, keys, features, definition, createdAt, rowId);
    }

    /** This version in other words: what it computes stays. */
    public RegisteredView as(FeatureViewDefinition written) {
        var definitions =
                written.features().stream().collect(Collectors.toMap(FeatureDefinition::name, Function.identity()));
        var rewritten = features.stream()
                .map(feature -> new Feature(
                        feature.name(),
                        feature.type(),
                        definitions.getOrDefault(feature.definition().name(), feature.definition()),
                        feature.input()))
                .toList();
        return new RegisteredView(
                id, version, state, hash, evaluator, breaking, keys, rewritten, written, createdAt, rowId);
    }

    /** The features that rows hold, columns and expressions: those of a {@link dev.asof.shared.FeatureRow}, in its order. */
    public List<Feature> rowFeatures() {
        return hasAggregates()
                ? features.stream().filter(feature -> !feature.isAggregate()).toList()
                : features;
    }

    /** The position among {@link #rowFeatures()} of a feature that is there. */
    public int rowPosition(int feature) {
        return (int) features.subList(0, feature).stream()
                .filter(before -> !before.isAggregate())
                .count();
    }

    public boolean hasAggregates() {
        for (Feature feature : features) {
            if (feature.isAggregate()) {
                return true;
            }
        }
        return false;
    }

    /** What is aggregated over the rows; empty for a view without aggregates. */
    public Optional<ViewAggregates> aggregates() {
        return hasAggregates() ? Optional.of(ViewAggregates.of(features, rowId)) : Optional.empty();
    }

    /**
     * The features that a reference to one name means, side by side: the one of the name, or a bucketed aggregate's keys and
     * values; none when there is none of the name. Keys and values have no name of their own to be referred to by.
     */
    public List<String> featuresOf(String name) {
        return features.stream()
                .filter(feature -> feature.definition().name().equals(name))
                .map(Feature::name)
                .toList();
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
