package dev.asof.registry;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.Window;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The exact features a request or a feature service asks for: which view versions to read with which keys, and the
 * result's columns in order. Online lookups and training sets are both made from it, so that they agree.
 *
 * @param service the service version asked for; empty when features were listed in the request
 * @param views every view version to read, once per role; also those that only on-demand features are made from
 * @param onDemand every on-demand view version to compute, once per role, inputs before what reads them
 */
public record FeatureSelection(
        Optional<ServiceVersion> service,
        List<View> views,
        List<Column> columns,
        TrainingDefaults training,
        List<OnDemand> onDemand) {

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
     * An on-demand view version to compute.
     *
     * @param alias the view's name, or its role
     * @param inputs where the values of each of the view's inputs come from, in its order
     */
    public record OnDemand(RegisteredOnDemandView view, String alias, List<Origin> inputs) {
        public OnDemand {
            inputs = List.copyOf(inputs);
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
            var type = selected.view().features().get(index).type();
            return new Column(
                    selected.alias() + "__" + feature, feature, type, Origin.of(selected.view(), view, index));
        }

        /**
         * A column of an on-demand feature.
         *
         * @param onDemand those of the selection
         * @param view position among them
         * @param feature one of that view's
         */
        public static Column computed(List<OnDemand> onDemand, int view, String feature) {
            var selected = onDemand.get(view);
            int index = selected.view().indexOf(feature);
            var type = selected.view().features().get(index).type();
            return new Column(selected.alias() + "__" + feature, feature, type, new Origin.Computed(view, index));
        }
    }

    /** Where values come from. Whoever needs more of a column than its name and type switches over this, without a default. */
    public sealed interface Origin {

        /**
         * Where a feature's values come from.
         *
         * @param position of the view in {@link FeatureSelection#views()}
         * @param feature position in its features
         */
        static OfView of(RegisteredView view, int position, int feature) {
            return view.features().get(feature).isAggregate()
                    ? new Aggregated(position, feature)
                    : new Stored(position, feature);
        }

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

        /**
         * Each value is computed when it is asked for, from others, the request and the as-of time: positions in
         * {@link FeatureSelection#onDemand()} and in that view's features.
         */
        record Computed(int onDemand, int feature) implements Origin {}
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
        onDemand = List.copyOf(onDemand);
    }

    /** One without on-demand features. */
    public FeatureSelection(
            Optional<ServiceVersion> service, List<View> views, List<Column> columns, TrainingDefaults training) {
        this(service, views, columns, training, List.of());
    }

    /**
     * What joins read from stored rows and give, in their order: all that the columns are made from. What is not a column itself
     * comes last, by the name of its view, or by a number where columns have that name.
     */
    public List<StoredColumn> storedColumns() {
        var stored = new LinkedHashMap<Origin, StoredColumn>();
        var names = columns.stream().map(Column::name).collect(Collectors.toSet());
        columns.forEach(column -> {
            if (column.origin() instanceof Origin.OfView from) {
                stored.put(from, new StoredColumn(column.name(), from.view(), from.feature()));
            }
        });
        for (Column column : columns) {
            for (Origin.OfView from : readBy(column.origin())) {
                stored.computeIfAbsent(from, _ -> {
                    var version = views.get(from.view()).view();
                    String name = version.version().view() + "__"
                            + version.features().get(from.feature()).name();
                    String free = names.add(name) ? name : "in__" + stored.size();
                    return new StoredColumn(free, from.view(), from.feature());
                });
            }
        }
        return List.copyOf(stored.values());
    }

    /** The stored features that values are made from, through other on-demand features too, each once. */
    public SequencedSet<Origin.OfView> readBy(Origin origin) {
        var read = new LinkedHashSet<Origin.OfView>();
        collect(origin, read, new HashSet<>());
        return read;
    }

    private void collect(Origin origin, SequencedSet<Origin.OfView> read, Set<Origin.Computed> seen) {
        switch (origin) {
            case Origin.OfView from -> read.add(from);
            case Origin.Computed computed -> {
                if (seen.add(computed)) {
                    var selected = onDemand.get(computed.onDemand());
                    for (int input :
                            selected.view().features().get(computed.feature()).reads()) {
                        collect(selected.inputs().get(input), read, seen);
                    }
                }
            }
        }
    }

    /** What the stored columns' timestamps are taken from, each once, in order of first use. */
    public List<TimestampSource> timestampSources() {
        return storedColumns().stream().map(this::sourceOf).distinct().toList();
    }

    /** What a column's timestamps are taken from: one of {@link #timestampSources()}. */
    public TimestampSource sourceOf(StoredColumn column) {
        return sourceOf(column.view(), column.feature());
    }

    private TimestampSource sourceOf(int view, int feature) {
        return switch (views.get(view).view().features().get(feature).definition()) {
            case FeatureDefinition.AggregateFeature aggregate -> new TimestampSource.Windowed(view, aggregate.window());
            case FeatureDefinition.ColumnFeature _, FeatureDefinition.ExpressionFeature _ ->
                new TimestampSource.Row(view);
        };
    }

    /** What a column's timestamps are the greatest of: some of {@link #timestampSources()}, none for one that reads no feature. */
    public List<TimestampSource> sourcesOf(Column column) {
        return readBy(column.origin()).stream()
                .map(from -> sourceOf(from.view(), from.feature()))
                .distinct()
                .toList();
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

    /** The values besides keys that a request must carry with their types, in order of first use. */
    public Map<String, ValueType> requestValues() {
        var values = new LinkedHashMap<String, ValueType>();
        onDemand.forEach(
                selected -> selected.view().request().forEach(value -> values.putIfAbsent(value.name(), value.type())));
        return values;
    }
}
