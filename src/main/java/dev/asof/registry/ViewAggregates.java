package dev.asof.registry;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateInput;
import dev.asof.transform.window.AggregateInput.Form;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a view version's aggregates are made from, each thing once: what is kept of each row for them, what states are kept,
 * and the windows in which states are answered. The order follows from the features, so it is the same wherever it is made.
 *
 * @param inputs what each row keeps, by position
 * @param rowId what tells rows apart of which the last accepted counts (rule W4); empty when every row is an event
 * @param cells the states
 * @param features those that are aggregates, in the view's order
 * @param windows the different ones among them
 */
public record ViewAggregates(
        List<AggregateInput> inputs,
        List<RegisteredView.Key> rowId,
        List<Cell> cells,
        List<WindowedFeature> features,
        List<Window> windows) {

    /** No input. */
    public static final int NONE = -1;

    /**
     * A state that is kept, and which inputs it reads, each by its position or {@link #NONE}.
     *
     * @param admitted must be true for a row to count
     * @param value must not be null for a row to count, unless nulls are kept
     * @param valueHash the hash of the value, where states are chosen by it
     * @param key the value of a bucketed aggregate's column; a row without one doesn't count
     * @param keyHash its hash
     */
    public record Cell(StateKind kind, int admitted, int value, int valueHash, int key, int keyHash) {}

    /**
     * A feature that is an aggregate. A bucketed one is two: its keys and its values.
     *
     * @param feature position in the view's features
     * @param cell position in {@link ViewAggregates#cells()}
     * @param window position in {@link ViewAggregates#windows()}
     */
    public record WindowedFeature(int feature, int cell, int window, Aggregate aggregate, Part part) {}

    /** What of an aggregate a feature answers. */
    public enum Part {
        ALL,
        KEYS,
        VALUES
    }

    public ViewAggregates {
        inputs = List.copyOf(inputs);
        rowId = List.copyOf(rowId);
        cells = List.copyOf(cells);
        features = List.copyOf(features);
        windows = List.copyOf(windows);
    }

    /** @param rowId what tells rows apart of which the last accepted counts */
    public static ViewAggregates of(List<RegisteredView.Feature> features, List<RegisteredView.Key> rowId) {
        var inputs = new ArrayList<AggregateInput>();
        var cells = new ArrayList<Cell>();
        var windows = new ArrayList<Window>();
        var aggregates = new ArrayList<WindowedFeature>();
        for (int i = 0; i < features.size(); i++) {
            var feature = features.get(i);
            if (feature.definition() instanceof AggregateFeature definition) {
                var aggregate = aggregate(definition, feature, features);
                aggregates.add(new WindowedFeature(
                        i,
                        position(cells, cell(definition, feature, aggregate, inputs)),
                        position(windows, definition.window()),
                        aggregate,
                        part(definition, feature)));
            }
        }
        return new ViewAggregates(inputs, rowId, cells, aggregates, windows);
    }

    /** The states with the windows in which they are answered, as tiles keep them. */
    public List<KeyTiles.Cell> tileCells() {
        return IntStream.range(0, cells.size())
                .mapToObj(cell -> new KeyTiles.Cell(
                        cells.get(cell).kind(),
                        features.stream()
                                .filter(feature -> feature.cell() == cell)
                                .map(feature -> windows.get(feature.window()))
                                .distinct()
                                .toList()))
                .toList();
    }

    /** All that a row keeps for its aggregates: the inputs, then the row id. */
    public List<ScalarType> columnTypes() {
        return Stream.concat(
                        inputs.stream().map(AggregateInput::type),
                        rowId.stream().map(RegisteredView.Key::type))
                .toList();
    }

    /** Adds a row to a state, if it counts there. */
    public void add(int cell, AggregateState state, @Nullable Object[] kept, long eventMicros, long rowSequence) {
        var reads = cells.get(cell);
        if (reads.admitted() != NONE && !Boolean.TRUE.equals(kept[reads.admitted()])) {
            return;
        }
        Object value = reads.value() == NONE ? null : kept[reads.value()];
        if (reads.value() != NONE && value == null && !(reads.kind() instanceof StateKind.LastValues)) {
            return;
        }
        long valueHash = reads.valueHash() == NONE ? 0 : (Long) Objects.requireNonNull(kept[reads.valueHash()]);
        if (reads.key() == NONE) {
            state.add(value, valueHash, eventMicros, rowSequence);
            return;
        }
        Object key = kept[reads.key()];
        if (key != null) {
            long keyHash = (Long) Objects.requireNonNull(kept[reads.keyHash()]);
            state.inBucket(key, keyHash).add(value, valueHash, eventMicros, rowSequence);
        }
    }

    private static Aggregate aggregate(
            AggregateFeature definition, RegisteredView.Feature feature, List<RegisteredView.Feature> features) {
        var by = definition
                .by()
                .map(bucketing -> new Aggregate.By(
                        features.stream()
                                .filter(other -> other.name().equals(definition.name() + AggregateFeature.KEYS))
                                .map(keys -> ((ListType) keys.type()).element())
                                .findFirst()
                                .orElseThrow(),
                        bucketing.maxKeys()));
        return new Aggregate(
                definition.function(),
                feature.input(),
                definition.size().orElse(0),
                definition.quantile().orElse(0),
                by);
    }

    private static Part part(AggregateFeature definition, RegisteredView.Feature feature) {
        if (definition.by().isEmpty()) {
            return Part.ALL;
        }
        return feature.name().equals(definition.name() + AggregateFeature.KEYS) ? Part.KEYS : Part.VALUES;
    }

    private static Cell cell(
            AggregateFeature definition,
            RegisteredView.Feature feature,
            Aggregate aggregate,
            List<AggregateInput> inputs) {
        var source = new Source(definition, feature.input());
        int admitted = NONE;
        int value = NONE;
        int valueHash = NONE;
        switch (definition.function()) {
            case COUNT ->
                admitted = source.isRow() && definition.where().isEmpty()
                        ? NONE
                        : position(inputs, source.as(source.isRow() ? Form.ADMITTED : Form.PRESENT));
            case SUM, AVG, MIN, MAX, FIRST, LAST, STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP ->
                value = position(inputs, source.as(Form.VALUE));
            case COUNT_DISTINCT -> value = position(inputs, source.as(Form.HASH));
            case APPROX_QUANTILE -> value = position(inputs, source.as(Form.QUANTILE_BUCKET));
            case LAST_N -> {
                admitted = position(inputs, source.as(Form.ADMITTED));
                value = position(inputs, source.as(Form.VALUE));
            }
            case DISTINCT_N -> value = position(inputs, source.as(Form.SHORT));
            case TOP_K -> {
                value = position(inputs, source.as(Form.SHORT));
                valueHash = position(inputs, source.as(Form.SHORT_HASH));
            }
        }
        int key = NONE;
        int keyHash = NONE;
        if (aggregate.by().isPresent()) {
            var by = new AggregateInput(
                    definition.by().map(FeatureDefinition.Bucketing::column),
                    Optional.empty(),
                    Optional.of(aggregate.by().get().type()),
                    Optional.empty(),
                    Form.SHORT);
            key = position(inputs, by);
            keyHash = position(inputs, by.as(Form.SHORT_HASH));
        }
        return new Cell(aggregate.kind(), admitted, value, valueHash, key, keyHash);
    }

    private record Source(AggregateFeature definition, Optional<ScalarType> type) {

        boolean isRow() {
            return definition.column().isEmpty() && definition.expression().isEmpty();
        }

        AggregateInput as(Form form) {
            return new AggregateInput(definition.column(), definition.expression(), type, definition.where(), form);
        }
    }

    private static <T> int position(List<T> all, T one) {
        int before = all.indexOf(one);
        if (before >= 0) {
            return before;
        }
        all.add(one);
        return all.size() - 1;
    }
}
