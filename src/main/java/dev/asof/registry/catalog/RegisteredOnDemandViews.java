package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.catalog.StoredFormatReader.UnreadableException;
import dev.asof.registry.catalog.StoredMeaning.PinnedInput;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Makes on-demand view versions, planned, registered or read again, as {@link RegisteredViews} does of the other ones. */
public final class RegisteredOnDemandViews {

    private RegisteredOnDemandViews() {}

    /** @param features compiled over the inputs just now, so that this server's evaluator computes them */
    public static RegisteredOnDemandView of(
            OnDemandViewDefinition definition,
            List<Input> inputs,
            List<Feature> features,
            RegisteredViews.Facts facts) {
        return view(definition, inputs, features, ExpressionCompiler.EVALUATOR_VERSION, facts);
    }

    /**
     * @param resolved as it was stored when the version was registered, by {@link StoredMeaning}
     * @param compiled its features if they were compiled before; else none
     * @throws UnreadableException when this server can't compute them
     */
    static RegisteredOnDemandView of(
            OnDemandViewDefinition definition,
            Json resolved,
            RegisteredViews.Facts facts,
            List<Feature> compiled,
            Function<ViewVersion, RegisteredView> views,
            Function<ViewVersion, RegisteredOnDemandView> onDemandViews) {
        var stored = StoredMeaning.readOnDemandView(resolved);
        if (stored.evaluator() > ExpressionCompiler.EVALUATOR_VERSION) {
            throw new UnreadableException(
                    "its expressions are evaluated by evaluator %s".formatted(stored.evaluator()));
        }
        var inputs = stored.inputs().stream()
                .map(input -> input(input, views, onDemandViews))
                .toList();
        var features = compiled.isEmpty() ? compile(definition, stored, inputs) : compiled;
        return view(definition, inputs, features, stored.evaluator(), facts);
    }

    private static Input input(
            PinnedInput pinned,
            Function<ViewVersion, RegisteredView> views,
            Function<ViewVersion, RegisteredOnDemandView> onDemandViews) {
        if (pinned.onDemand() != null && pinned.onDemand()) {
            var view = onDemandViews.apply(pinned.viewVersion());
            int feature = view.indexOf(pinned.feature());
            return new Input(
                    pinned.feature(), view.features().get(feature).type(), new InputOrigin.OfOnDemand(view, feature));
        }
        var view = views.apply(pinned.viewVersion());
        int feature = view.indexOf(pinned.feature());
        return new Input(pinned.feature(), view.features().get(feature).type(), new InputOrigin.OfView(view, feature));
    }

    private static List<Feature> compile(
            OnDemandViewDefinition definition, StoredMeaning.OnDemandView stored, List<Input> inputs) {
        var expressions = new OnDemandExpressions(inputs, definition.request());
        var features = new ArrayList<Feature>();
        for (int i = 0; i < stored.features().size(); i++) {
            ExpressionFeature feature = definition.features().get(i);
            ValueType type = StoredMeaning.typeOf(stored.features().get(i));
            try {
                features.add(expressions.compile(feature, Optional.of(type)));
            } catch (ExpressionException e) {
                throw new UnreadableException("an expression of its feature '%s' is not understood: %s"
                        .formatted(feature.name(), e.getMessage()));
            }
        }
        return features;
    }

    private static RegisteredOnDemandView view(
            OnDemandViewDefinition definition,
            List<Input> inputs,
            List<Feature> features,
            int evaluator,
            RegisteredViews.Facts facts) {
        return new RegisteredOnDemandView(
                facts.id(),
                new ViewVersion(definition.name(), facts.version()),
                facts.state(),
                facts.hash(),
                evaluator,
                facts.breaking(),
                inputs,
                features,
                definition,
                facts.createdAt());
    }
}
