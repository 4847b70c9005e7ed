package dev.asof.registry;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.CompiledExpression;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One version of an on-demand feature view, resolved against the exact versions of its inputs.
 *
 * <p>Its expressions are evaluated over a row of its own: the values of its inputs in their order, then those of the
 * request in declared order, then the as-of time.
 *
 * @param id unique among all versions of all definitions, never used again
 * @param hash of the version's meaning (rule V1), the versions of its inputs included
 * @param evaluator the version of the evaluator that computes its expressions, as when it was registered
 * @param breaking whether it breaks readers of the version before it, so that only promotion makes it current
 */
public record RegisteredOnDemandView(
        long id,
        ViewVersion version,
        VersionState state,
        String hash,
        int evaluator,
        boolean breaking,
        List<Input> inputs,
        List<Feature> features,
        OnDemandViewDefinition definition,
        Instant createdAt) {

    /** A feature of another view that expressions may read; of a bucketed aggregate the keys and the values are one each. */
    public record Input(String feature, ValueType type, InputOrigin origin) {

        /** The exact version that it is read from. */
        public ViewVersion version() {
            return switch (origin) {
                case InputOrigin.OfView of -> of.view().version();
                case InputOrigin.OfOnDemand of -> of.view().version();
            };
        }

        /** Of the keys or the values of a bucketed aggregate what it is called as a whole; else empty. */
        public Optional<String> bucketed() {
            return origin instanceof InputOrigin.OfView(RegisteredView view, int position)
                            && view.features().get(position).definition() instanceof AggregateFeature aggregate
                            && aggregate.by().isPresent()
                    ? Optional.of(aggregate.name())
                    : Optional.empty();
        }
    }

    /** Where an input comes from: a version and the position among its features. */
    public sealed interface InputOrigin {

        record OfView(RegisteredView view, int feature) implements InputOrigin {}

        record OfOnDemand(RegisteredOnDemandView view, int feature) implements InputOrigin {}
    }

    /**
     * A feature with its program.
     *
     * @param reads positions in {@link #inputs()} that its expression reads
     */
    public record Feature(
            String name,
            ValueType type,
            ExpressionFeature definition,
            CompiledExpression program,
            List<Integer> reads) {
        public Feature {
            reads = List.copyOf(reads);
        }
    }

    public RegisteredOnDemandView {
        inputs = List.copyOf(inputs);
        features = List.copyOf(features);
    }

    public List<RequestValue> request() {
        return definition.request();
    }

    /** How many values a row has that expressions are evaluated over. */
    public int rowLength() {
        return inputs.size() + request().size() + 1;
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

    /** Every feature view version that is read for it, through other on-demand feature views too, each once. */
    public Collection<RegisteredView> views() {
        var views = new LinkedHashMap<ViewVersion, RegisteredView>();
        collect(views, new LinkedHashMap<>());
        return views.values();
    }

    /** Every on-demand feature view version that it reads, through others too, each once. */
    public Collection<RegisteredOnDemandView> onDemandViews() {
        var views = new LinkedHashMap<ViewVersion, RegisteredOnDemandView>();
        collect(new LinkedHashMap<>(), views);
        return views.values();
    }

    private void collect(Map<ViewVersion, RegisteredView> views, Map<ViewVersion, RegisteredOnDemandView> onDemand) {
        for (Input input : inputs) {
            switch (input.origin()) {
                case InputOrigin.OfView of -> views.put(of.view().version(), of.view());
                case InputOrigin.OfOnDemand of -> {
                    if (onDemand.putIfAbsent(of.view().version(), of.view()) == null) {
                        of.view().collect(views, onDemand);
                    }
                }
            }
        }
    }

    /** Whether all that it reads can be read. */
    public boolean areInputsReady() {
        return views().stream().allMatch(view -> view.state() == VersionState.READY);
    }
}
