package dev.asof.registry;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.Window;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The exact features a request or a feature service asks for: which view versions to read with which keys, and the
 * result's columns in order. Online lookups and training sets are both made from it, so that they agree.
 *
 * @param service the service version asked for; empty when features were listed in the request
 * @param views every view version to read, once per role
 */
public record FeatureSelection(
        Optional<ServiceVersion> service, List<View> views, List<Column> columns, TrainingDefaults training) {

    /**
     * A view version to read.
     *
     * @param alias the view's name, or its role
     * @param keyColumns the request's column for each of the view's keys, in the view's order
     */
    public record View(RegisteredView view, String alias, List<String> keyColumns) {
        public View {
            keyColumns = List.copyOf(keyColumns);
        }
    }

    /**
     * A column of the result.
     *
     * @param name {@code view__feature} or {@code role__feature}
     * @param feature the bare name
     * @param origin where its values come from
     */
    public record Column(String name, String feature, ValueType type, Origin origin) {

        /**
         * A column of a feature as it is stored.
         *
         * @param views those of the selection
         * @param view position among them
         * @param feature one of that view's
         */
        public static Column stored(List<View> views, int view, String feature) {
            var selected = views.get(view);
            int index = selected.view().indexOf(feature);
            var found = selected.view().features().get(index);
            return new Column(
                    selected.alias() + "__" + feature,
                    feature,
                    found.type(),
                    found.isAggregate() ? new Origin.Aggregated(view, index) : new Origin.Stored(view, index));
        }
    }

    /**
     * Where a column's values come from. Whoever needs more of a column than its name and type switches over this, without a
     * default: features that are computed when they are read, from stored ones and from the request, will be another
     * kind.
     */
    public sealed interface Origin {

        /**
         * From a view: positions in {@link FeatureSelection#views()} and in that view's features.
         */
        sealed interface OfView extends Origin {

            int view();

            int feature();
        }

        /** Each value is read from a row of a view. */
        record Stored(int view, int feature) implements OfView {}

        /** Each value is aggregated over rows of a view. */
        record Aggregated(int view, int feature) implements OfView {}
    }

    /**
     * What has to be read from stored rows for one column.
     *
     * @param name of the column
     * @param view position in {@link FeatureSelection#views()}
     * @param feature position in that view's features
     */
    public record StoredColumn(String name, int view, int feature) {}

    /** What the timestamps of a column's values are taken from. */
    public sealed interface TimestampSource {

        /** Position in {@link FeatureSelection#views()}. */
        int view();

        /** The row of a view that the values come from. */
        record Row(int view) implements TimestampSource {}

        /** The rows of a view in a window, of which the greatest timestamps are taken (rule W2). */
        record Windowed(int view, Window window) implements TimestampSource {}
    }

    public FeatureSelection {
        views = List.copyOf(views);
        columns = List.copyOf(columns);
    }

    /** What joins read from stored rows and give, in their order: all that the columns are made from. */
    public List<StoredColumn> storedColumns() {
        return columns.stream()
                .map(column -> switch (column.origin()) {
                    case Origin.OfView from -> new StoredColumn(column.name(), from.view(), from.feature());
                })
                .toList();
    }

    /** What the columns' timestamps are taken from, each once, in order of first use. */
    public List<TimestampSource> timestampSources() {
        return storedColumns().stream().map(this::sourceOf).distinct().toList();
    }

    /** What a column's timestamps are taken from: one of {@link #timestampSources()}. */
    public TimestampSource sourceOf(StoredColumn column) {
        var feature = views.get(column.view()).view().features().get(column.feature());
        return switch (feature.definition()) {
            case FeatureDefinition.AggregateFeature aggregate ->
                new TimestampSource.Windowed(column.view(), aggregate.window());
            case FeatureDefinition.ColumnFeature _, FeatureDefinition.ExpressionFeature _ ->
                new TimestampSource.Row(column.view());
        };
    }

    /** The join keys a request must carry with their types, in order of first use. */
    public Map<String, ScalarType> requestKeys() {
        var keys = new LinkedHashMap<String, ScalarType>();
        for (View view : views) {
            for (int i = 0; i < view.keyColumns().size(); i++) {
                keys.putIfAbsent(
                        view.keyColumns().get(i), view.view().keys().get(i).type());
            }
        }
        return keys;
    }
}
