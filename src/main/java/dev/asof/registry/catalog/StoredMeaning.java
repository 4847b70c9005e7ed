package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionCompiler;
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

    /** A service's pinned versions, and its columns by their position among them. */
    record Service(List<Pin> views, List<Column> columns) {}

    record Pin(String view, int version, String alias, List<String> keyColumns) {}

    record Column(int viewIndex, String feature) {}

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
        var columns = selection.columns().stream()
                .map(column -> switch (column.origin()) {
                    case FeatureSelection.Origin.OfView from -> new Column(from.view(), column.feature());
                })
                .toList();
        return new Json(StoredFormat.JSON.writeValueAsString(new Service(pins, columns)));
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
            Function<ViewVersion, RegisteredView> registered) {
        var service = StoredFormat.JSON.readValue(resolved.text(), Service.class);
        var views = service.views().stream()
                .map(pin -> new FeatureSelection.View(
                        registered.apply(new ViewVersion(new FeatureViewName(pin.view()), pin.version())),
                        pin.alias(),
                        pin.keyColumns()))
                .toList();
        var columns = service.columns().stream()
                .map(column -> FeatureSelection.Column.stored(views, column.viewIndex(), column.feature()))
                .toList();
        return new FeatureSelection(Optional.of(version), views, columns, training);
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
