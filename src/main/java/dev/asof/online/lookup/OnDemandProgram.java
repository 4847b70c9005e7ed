package dev.asof.online.lookup;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.OnDemand;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureSelection.StoredColumn;
import dev.asof.registry.FeatureSelection.TimestampSource;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.ViewAggregates.Part;
import dev.asof.transform.CompiledExpression;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The on-demand features that a selection's columns are made of, and where each of their values comes from, worked out once.
 * Immutable.
 */
final class OnDemandProgram {

    /**
     * A view some of whose features are computed.
     *
     * @param position in the selection
     * @param rowLength how many values the row has that its expressions are evaluated over; the last is the as-of time
     * @param sources of those values that any of them reads
     * @param cells of its features
     */
    record View(int position, int rowLength, List<Source> sources, List<Cell> cells) {}

    /**
     * A feature to compute.
     *
     * @param index among all of them, after those of what it reads
     * @param reads where in its view's row the features stand that it reads
     * @param views of the selection that it reads, through other on-demand features too
     * @param sent request values that it reads so, by their position among them
     * @param events of what it reads so, each window and each row of a view once
     */
    record Cell(int index, CompiledExpression program, int[] reads, BitSet views, BitSet sent, List<Slot> events) {}

    /** What was read of a view of the selection. */
    record Slot(int view, int slot) {}

    /** Where a value of a row comes from, and where it stands there. */
    sealed interface Source {

        /** From a view; of a bucketed aggregate both its keys, and, one further, its values. */
        record Read(int position, int view, int slot, boolean bucketed) implements Source {}

        /** From the request, by the position among its values. */
        record Sent(int position, int value) implements Source {}

        /** From another on-demand feature. */
        record Computed(int position, int cell) implements Source {}
    }

    private final List<View> views;
    private final Map<Origin.Computed, Integer> indices;
    private final List<Cell> cells;

    private OnDemandProgram(List<View> views, Map<Origin.Computed, Integer> indices) {
        this.views = List.copyOf(views);
        this.indices = Map.copyOf(indices);
        this.cells = views.stream().flatMap(view -> view.cells().stream()).toList();
    }

    /**
     * @param readers to be told what is read of each view of the selection
     */
    static OnDemandProgram of(FeatureSelection selection, List<RowReader.Builder> readers) {
        return new Builder(selection, readers).build();
    }

    boolean isEmpty() {
        return views.isEmpty();
    }

    /** Each after those that it reads. */
    List<View> views() {
        return views;
    }

    /** How many features there are to compute. */
    int cells() {
        return cells.size();
    }

    /** The views of the selection that anything is computed of. */
    BitSet viewsRead() {
        var views = new BitSet();
        cells.forEach(cell -> views.or(cell.views()));
        return views;
    }

    /** The index of a feature that columns are made of. */
    int cell(Origin.Computed origin) {
        return Objects.requireNonNull(indices.get(origin));
    }

    /** When the last event took place of what a feature was computed of in a row of the answer; null if there is none. */
    @Nullable
    Instant eventTimestamp(int cell, LookupPlan plan, RowOutcome[] outcomes, int row) {
        Instant greatest = null;
        for (Slot from : cells.get(cell).events()) {
            var event = plan.outcome(outcomes, row, from.view()).eventTimestamp(from.slot());
            if (event != null && (greatest == null || event.isAfter(greatest))) {
                greatest = event;
            }
        }
        return greatest;
    }

    /** Which of the features depend on nothing but these views and request values. */
    boolean[] dependOnlyOn(BitSet readOnce, BitSet sentOnce) {
        boolean[] once = new boolean[cells.size()];
        for (Cell cell : cells) {
            once[cell.index()] = isWithin(cell.views(), readOnce) && isWithin(cell.sent(), sentOnce);
        }
        return once;
    }

    private static boolean isWithin(BitSet some, BitSet all) {
        var others = (BitSet) some.clone();
        others.andNot(all);
        return others.isEmpty();
    }

    private static final class Builder {

        private final FeatureSelection selection;
        private final List<RowReader.Builder> readers;
        private final List<String> sent;
        private final Map<Origin.Computed, Cell> cells = new LinkedHashMap<>();

        Builder(FeatureSelection selection, List<RowReader.Builder> readers) {
            this.selection = selection;
            this.readers = readers;
            this.sent = List.copyOf(selection.requestValues().keySet());
        }

        OnDemandProgram build() {
            var needed = needed();
            var views = new ArrayList<View>();
            for (int i = 0; i < selection.onDemand().size(); i++) {
                var features = needed.getOrDefault(i, Set.of());
                if (!features.isEmpty()) {
                    views.add(view(i, features));
                }
            }
            var indices = new HashMap<Origin.Computed, Integer>();
            cells.forEach((origin, cell) -> indices.put(origin, cell.index()));
            return new OnDemandProgram(views, indices);
        }

        /** The features that columns are made of, by their view. */
        private Map<Integer, Set<Integer>> needed() {
            var needed = new HashMap<Integer, Set<Integer>>();
            for (var column : selection.columns()) {
                add(column.origin(), needed);
            }
            return needed;
        }

        private void add(Origin origin, Map<Integer, Set<Integer>> needed) {
            switch (origin) {
                case Origin.OfView _ -> {}
                case Origin.Computed(int view, int feature) -> {
                    if (needed.computeIfAbsent(view, _ -> new TreeSet<>()).add(feature)) {
                        var selected = selection.onDemand().get(view);
                        feature(selected, feature)
                                .reads()
                                .forEach(input -> add(selected.inputs().get(input), needed));
                    }
                }
            }
        }

        private static boolean reads(Feature feature, String requestValue) {
            return feature.program().inputs().contains(OnDemandViewDefinition.REQUEST + "." + requestValue);
        }

        private static Feature feature(OnDemand selected, int feature) {
            return selected.view().features().get(feature);
        }

        private View view(int position, Collection<Integer> features) {
            var selected = selection.onDemand().get(position);
            var ofView = features.stream()
                    .map(feature -> cell(new Origin.Computed(position, feature), feature(selected, feature)))
                    .toList();
            var sources = new ArrayList<Source>();
            features.stream()
                    .flatMap(feature -> feature(selected, feature).reads().stream())
                    .distinct()
                    .forEach(input -> addSource(input, selected.inputs().get(input), sources));
            var request = selected.view().request();
            for (int i = 0; i < request.size(); i++) {
                var name = request.get(i).name();
                if (features.stream().anyMatch(feature -> reads(feature(selected, feature), name))) {
                    sources.add(new Source.Sent(selected.inputs().size() + i, sent.indexOf(name)));
                }
            }
            return new View(position, selected.view().rowLength(), List.copyOf(sources), ofView);
        }

        private void addSource(int position, Origin origin, List<Source> sources) {
            switch (origin) {
                case Origin.Stored(int view, int feature) ->
                    sources.add(
                            new Source.Read(position, view, readers.get(view).row(feature), false));
                case Origin.Aggregated(int view, int feature) -> {
                    var part = part(view, feature);
                    if (part != Part.VALUES) {
                        int slot = readers.get(view).aggregate(feature, part == Part.KEYS);
                        sources.add(new Source.Read(position, view, slot, part == Part.KEYS));
                    }
                }
                case Origin.Computed computed ->
                    sources.add(new Source.Computed(
                            position,
                            Objects.requireNonNull(cells.get(computed)).index()));
            }
        }

        private Part part(int view, int feature) {
            return AnsweredColumn.part(selection.views().get(view).view(), feature);
        }

        private Cell cell(Origin.Computed origin, Feature feature) {
            var views = new BitSet();
            var events = new LinkedHashMap<TimestampSource, Slot>();
            for (Origin.OfView from : selection.readBy(origin)) {
                views.set(from.view());
                events.computeIfAbsent(
                        selection.sourceOf(new StoredColumn(feature.name(), from.view(), from.feature())),
                        _ -> new Slot(from.view(), slot(from)));
            }
            var cell = new Cell(
                    cells.size(),
                    feature.program(),
                    feature.reads().stream().mapToInt(i -> i).toArray(),
                    views,
                    sentTo(origin, new HashSet<>()),
                    List.copyOf(events.values()));
            cells.put(origin, cell);
            return cell;
        }

        private int slot(Origin.OfView from) {
            var reader = readers.get(from.view());
            return switch (from) {
                case Origin.Stored stored -> reader.row(stored.feature());
                case Origin.Aggregated(int view, int feature) ->
                    reader.aggregate(feature, part(view, feature) == Part.KEYS);
            };
        }

        private BitSet sentTo(Origin origin, Set<Origin> seen) {
            var values = new BitSet();
            switch (origin) {
                case Origin.OfView _ -> {}
                case Origin.Computed(int view, int feature) -> {
                    if (seen.add(origin)) {
                        var selected = selection.onDemand().get(view);
                        selected.view().request().stream()
                                .map(RequestValue::name)
                                .filter(name -> reads(feature(selected, feature), name))
                                .forEach(name -> values.set(sent.indexOf(name)));
                        feature(selected, feature)
                                .reads()
                                .forEach(input ->
                                        values.or(sentTo(selected.inputs().get(input), seen)));
                    }
                }
            }
            return values;
        }
    }
}
