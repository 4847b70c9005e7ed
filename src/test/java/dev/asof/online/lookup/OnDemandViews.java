package dev.asof.online.lookup;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Column;
import dev.asof.registry.FeatureSelection.OnDemand;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.Metadata;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.OnDemandExpressions;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Selections of on-demand features without a registry. Each view is read by its own keys. */
final class OnDemandViews {

    private final List<FeatureSelection.View> views = new ArrayList<>();
    private final List<OnDemand> onDemand = new ArrayList<>();

    OnDemandViews(RegisteredView... read) {
        for (var view : read) {
            views.add(new FeatureSelection.View(
                    view,
                    view.version().view().value(),
                    view.keys().stream().map(RegisteredView.Key::name).toList()));
        }
    }

    /** Reads all features of all views that were given or added so far. */
    OnDemandViews add(String name, Map<String, ? extends ValueType> request, Map<String, String> expressions)
            throws ExpressionException {
        var inputs = new ArrayList<Input>();
        var origins = new ArrayList<Origin>();
        for (int i = 0; i < views.size(); i++) {
            var view = views.get(i).view();
            for (int f = 0; f < view.features().size(); f++) {
                var feature = view.features().get(f);
                inputs.add(new Input(feature.name(), feature.type(), new InputOrigin.OfView(view, f)));
                origins.add(Origin.of(view, i, f));
            }
        }
        for (int i = 0; i < onDemand.size(); i++) {
            var view = onDemand.get(i).view();
            for (int f = 0; f < view.features().size(); f++) {
                var feature = view.features().get(f);
                inputs.add(new Input(feature.name(), feature.type(), new InputOrigin.OfOnDemand(view, f)));
                origins.add(new Origin.Computed(i, f));
            }
        }
        onDemand.add(new OnDemand(view(name, inputs, request, expressions), name, origins));
        return this;
    }

    private RegisteredOnDemandView view(
            String name, List<Input> inputs, Map<String, ? extends ValueType> request, Map<String, String> expressions)
            throws ExpressionException {
        var values = request.entrySet().stream()
                .map(value -> new RequestValue(value.getKey(), value.getValue(), Optional.empty()))
                .toList();
        var compiler = new OnDemandExpressions(inputs, values);
        var features = new ArrayList<Feature>();
        for (var expression : expressions.entrySet()) {
            var definition = new ExpressionFeature(
                    expression.getKey(), expression.getValue(), Optional.empty(), Optional.empty());
            features.add(compiler.compile(definition, Optional.empty()));
        }
        var viewName = new FeatureViewName(name);
        return new RegisteredOnDemandView(
                100 + onDemand.size(),
                new ViewVersion(viewName, 1),
                VersionState.READY,
                "hash",
                1,
                false,
                inputs,
                features,
                new OnDemandViewDefinition(
                        viewName,
                        List.of(),
                        values,
                        features.stream().map(Feature::definition).toList(),
                        Metadata.NONE),
                Instant.EPOCH);
    }

    /** One that answers features of on-demand views, each by the position of its view and its own. */
    FeatureSelection selection(List<Origin.Computed> answered) {
        return new FeatureSelection(
                Optional.empty(),
                views,
                answered.stream()
                        .map(origin -> Column.computed(
                                onDemand,
                                origin.onDemand(),
                                onDemand.get(origin.onDemand())
                                        .view()
                                        .features()
                                        .get(origin.feature())
                                        .name()))
                        .toList(),
                TrainingDefaults.NONE,
                onDemand);
    }
}
