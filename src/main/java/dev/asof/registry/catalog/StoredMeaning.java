package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionCompiler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What definitions were resolved to, as JSON in {@code asof.definition_version}. */
public final class StoredMeaning {

    /** Of versions that were registered before their evaluator was kept. */
    private static final int FIRST_EVALUATOR = 1;

    public static final Json NOTHING = new Json("{}");

    /**
     * A view's keys and the types of its features.
     *
     * @param evaluator null for the first
     * @param rowId what tells rows apart for its aggregates; null when nothing does
     */
    record View(
            List<Key> keys,
            List<Feature> features,
            @Nullable Integer evaluator,
            @Nullable List<Key> rowId) {}

    record Key(String name, ScalarType type, String sourceColumn) {}

    /** @param input the type of what is aggregated; null for what is no aggregate, and for a count of rows */
    record Feature(
            String name,
            String type,
            @Nullable Integer length,
            @Nullable ScalarType input) {}

    /**
     * A service's pinned versions, and its columns by their position among them.
     *
     * @param onDemand null for none
     */
    record Service(
            List<Pin> views, List<Column> columns, @Nullable List<OnDemandPin> onDemand) {}

    record Pin(String view, int version, String alias, List<String> keyColumns) {}

    /**
     * An on-demand view that a service pins.
     *
     * @param inputs where the values of each of its inputs come from
     */
    record OnDemandPin(String view, int version, String alias, List<Column> inputs) {}

    /**
     * @param viewIndex null for a feature of an on-demand view
     * @param onDemandIndex null for a feature of a view
     */
    record Column(@Nullable Integer viewIndex, @Nullable Integer onDemandIndex, String feature) {}

    /**
     * What an on-demand view reads, the types of its features, and the evaluator that computes them.
     */
    record OnDemandView(List<PinnedInput> inputs, List<Feature> features, int evaluator) {}

    /** @param onDemand null for a feature of a view */
    record PinnedInput(String view, int version, @Nullable Boolean onDemand, String feature) {

        ViewVersion viewVersion() {
            return new ViewVersion(new FeatureViewName(view), version);
        }
    }

    private StoredMeaning() {}

    public static Json of(ResolvedView view) {
        var features = view.features().stream()
                .map(feature -> new Feature(
                        feature.name(),
                        feature.type().typeName(),
                        lengthOf(feature.type()).orElse(null),
                        feature.input().orElse(null)))
                .toList();
        return new Json(StoredFormat.JSON.writeValueAsString(new View(
                stored(view.keys()),
                features,
                ExpressionCompiler.EVALUATOR_VERSION,
                view.rowId().isEmpty() ? null : stored(view.rowId()))));
    }

    private static List<Key> stored(List<RegisteredView.Key> keys) {
        return keys.stream()
                .map(key -> new Key(key.name(), key.type(), key.sourceColumn()))
                .toList();
    }

    public static Json of(FeatureSelection selection) {
        var pins = selection.views().stream()
                .map(view -> new Pin(
                        view.view().version().view().value(),
                        view.view().version().version(),
                        view.alias(),
                        view.keyColumns()))
                .toList();
        var onDemand = selection.onDemand().stream()
                .map(view -> new OnDemandPin(
                        view.view().version().view().value(),
                        view.view().version().version(),
                        view.alias(),
                        view.inputs().stream()
                                .map(input -> column(selection, input))
                                .toList()))
                .toList();
        var columns = selection.columns().stream()
                .map(column -> column(selection, column.origin()))
                .toList();
        return new Json(
                StoredFormat.JSON.writeValueAsString(new Service(pins, columns, onDemand.isEmpty() ? null : onDemand)));
    }

    private static Column column(FeatureSelection selection, Origin origin) {
        return switch (origin) {
            case Origin.OfView from ->
                new Column(
                        from.view(),
                        null,
                        selection
                                .views()
                                .get(from.view())
                                .view()
                                .features()
                                .get(from.feature())
                                .name());
            case Origin.Computed(int view, int feature) ->
                new Column(
                        null,
                        view,
                        selection
                                .onDemand()
                                .get(view)
                                .view()
                                .features()
                                .get(feature)
                                .name());
        };
    }

    public static Json of(List<RegisteredOnDemandView.Input> inputs, List<RegisteredOnDemandView.Feature> features) {
        var pinned = inputs.stream()
                .map(input -> new PinnedInput(
                        input.version().view().value(),
                        input.version().version(),
                        input.origin() instanceof InputOrigin.OfOnDemand ? true : null,
                        input.feature()))
                .toList();
        var typed = features.stream()
                .map(feature -> new Feature(
                        feature.name(),
                        feature.type().typeName(),
                        lengthOf(feature.type()).orElse(null),
                        null))
                .toList();
        return new Json(StoredFormat.JSON.writeValueAsString(
                new OnDemandView(pinned, typed, ExpressionCompiler.EVALUATOR_VERSION)));
    }

    static OnDemandView readOnDemandView(Json resolved) {
        return StoredFormat.JSON.readValue(resolved.text(), OnDemandView.class);
    }

    static ValueType typeOf(Feature feature) {
        return StoredFormatReader.type(feature.type(), feature.length());
    }

    static int evaluatorOf(View view) {
        return view.evaluator() == null ? FIRST_EVALUATOR : view.evaluator();
    }

    static List<RegisteredView.Key> keysOf(View view) {
        return read(view.keys());
    }

    static List<RegisteredView.Key> rowIdOf(View view) {
        return view.rowId() == null ? List.of() : read(view.rowId());
    }

    private static List<RegisteredView.Key> read(List<Key> keys) {
        return keys.stream()
                .map(key -> new RegisteredView.Key(key.name(), key.type(), key.sourceColumn()))
                .toList();
    }

    static List<RegisteredView.Feature> featuresOf(View view, FeatureViewDefinition definition) {
        var written = new HashMap<String, FeatureDefinition>();
        definition.features().forEach(feature -> feature.featureNames().forEach(name -> written.put(name, feature)));
        return view.features().stream()
                .map(feature -> new RegisteredView.Feature(
                        feature.name(),
                        StoredFormatReader.type(feature.type(), feature.length()),
                        Objects.requireNonNull(written.get(feature.name())),
                        Optional.ofNullable(feature.input())))
                .toList();
    }

    static View readView(Json resolved) {
        return StoredFormat.JSON.readValue(resolved.text(), View.class);
    }

    static FeatureSelection readService(
            Json resolved,
            ServiceVersion version,
            TrainingDefaults training,
            Function<ViewVersion, RegisteredView> registered,
            Function<ViewVersion, RegisteredOnDemandView> onDemandViews) {
        var service = StoredFormat.JSON.readValue(resolved.text(), Service.class);
        var views = service.views().stream()
                .map(pin -> new FeatureSelection.View(
                        registered.apply(new ViewVersion(new FeatureViewName(pin.view()), pin.version())),
                        pin.alias(),
                        pin.keyColumns()))
                .toList();
        var onDemand = new ArrayList<FeatureSelection.OnDemand>();
        if (service.onDemand() != null) {
            for (OnDemandPin pin : service.onDemand()) {
                var inputs = pin.inputs().stream()
                        .map(input -> origin(input, views, onDemand))
                        .toList();
                var view = onDemandViews.apply(new ViewVersion(new FeatureViewName(pin.view()), pin.version()));
                onDemand.add(new FeatureSelection.OnDemand(view, pin.alias(), inputs));
            }
        }
        var columns = service.columns().stream()
                .map(column -> column.onDemandIndex() == null
                        ? FeatureSelection.Column.stored(
                                views, Objects.requireNonNull(column.viewIndex()), column.feature())
                        : FeatureSelection.Column.computed(onDemand, column.onDemandIndex(), column.feature()))
                .toList();
        return new FeatureSelection(Optional.of(version), views, columns, training, onDemand);
    }

    private static Origin origin(
            Column input, List<FeatureSelection.View> views, List<FeatureSelection.OnDemand> onDemand) {
        if (input.onDemandIndex() != null) {
            int index = input.onDemandIndex();
            return new Origin.Computed(index, onDemand.get(index).view().indexOf(input.feature()));
        }
        int index = Objects.requireNonNull(input.viewIndex());
        var view = views.get(index).view();
        return Origin.of(view, index, view.indexOf(input.feature()));
    }

    /** The view versions that a service pins. */
    static List<ViewVersion> pins(Json resolved) {
        return StoredFormat.JSON.readValue(resolved.text(), Service.class).views().stream()
                .map(pin -> new ViewVersion(new FeatureViewName(pin.view()), pin.version()))
                .toList();
    }

    private static Optional<Integer> lengthOf(ValueType type) {
        return type instanceof ListType list && list.length().isPresent()
                ? Optional.of(list.length().getAsInt())
                : Optional.empty();
    }
}
