package dev.asof.online.row;

import dev.asof.online.ValueStatus;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.Part;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.TileScheme;
import dev.asof.transform.window.TileScheme.WindowReader;
import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is answered of a view's aggregates, worked out once: the state of a cell in a window is made once for all that read it. */
public final class WindowProgram {

    /** Gathers what is asked for. */
    public static final class Builder {

        private final RegisteredView view;
        private final ViewAggregates aggregates;
        private final List<Output> outputs = new ArrayList<>();

        public Builder(RegisteredView view, ViewAggregates aggregates) {
            this.view = view;
            this.aggregates = aggregates;
        }

        /**
         * Asks for an aggregate.
         *
         * @param feature its position among the view's features
         * @param withValues whether it is a bucketed one's keys, to be answered with their values
         * @return the position of what is answered, the same for the same
         */
        public int add(int feature, boolean withValues) {
            var windowed = aggregates.features().stream()
                    .filter(each -> each.feature() == feature)
                    .findFirst()
                    .orElseThrow();
            var part = withValues ? Part.ALL : windowed.part();
            var type = withValues
                    ? ListType.of((ScalarType) windowed.aggregate().resultType())
                    : view.features().get(feature).type();
            var output = new Output(windowed, part, type);
            int known = outputs.indexOf(output);
            if (known >= 0) {
                return known;
            }
            outputs.add(output);
            return outputs.size() - 1;
        }

        public WindowProgram build() {
            return new WindowProgram(new TileLayout(aggregates), aggregates.windows(), List.copyOf(outputs));
        }
    }

    /** @param part of a bucketed aggregate, what of it */
    private record Output(WindowedFeature feature, Part part, ValueType type) {}

    private record Place(int cell, int window) {}

    /** A state that outputs are made from. */
    private record Task(int cell, Window window, int windowPosition, int[] outputs) {}

    private final TileLayout layout;
    private final List<Window> windows;
    private final List<WindowReader> readers;
    private final List<Output> outputs;
    private final List<Task> tasks;
    private final boolean[] usesWindow;
    private final WindowValues ofNoRows;

    private WindowProgram(TileLayout layout, List<Window> windows, List<Output> outputs) {
        this.layout = layout;
        this.windows = windows;
        this.readers = windows.stream().map(TileScheme::reader).toList();
        this.outputs = outputs;
        var byPlace = new LinkedHashMap<Place, List<Integer>>();
        this.usesWindow = new boolean[windows.size()];
        for (int i = 0; i < outputs.size(); i++) {
            var feature = outputs.get(i).feature();
            byPlace.computeIfAbsent(new Place(feature.cell(), feature.window()), _ -> new ArrayList<>())
                    .add(i);
            usesWindow[feature.window()] = true;
        }
        this.tasks = byPlace.entrySet().stream().map(this::task).toList();
        this.ofNoRows = new Evaluation(null, 0).values();
    }

    private Task task(Map.Entry<Place, List<Integer>> reads) {
        int window = reads.getKey().window();
        return new Task(
                reads.getKey().cell(),
                windows.get(window),
                window,
                reads.getValue().stream().mapToInt(i -> i).toArray());
    }

    /** What there is of a key without rows. */
    public WindowValues ofNoRows() {
        return ofNoRows;
    }

    /** @param asOf in microseconds */
    public WindowValues evaluate(PackedKey key, long asOf, Scratch scratch) {
        return new Evaluation(new WindowTiles(layout, readers, key, asOf, scratch), asOf).values();
    }

    ValueType type(int output) {
        return outputs.get(output).type();
    }

    /** The type of a bucketed aggregate's keys. */
    ScalarType keyType(int output) {
        return outputs.get(output).feature().aggregate().by().orElseThrow().type();
    }

    int window(int output) {
        return outputs.get(output).feature().window();
    }

    /** Of one key at one instant. For one thread. */
    private final class Evaluation {

        /** Null for a key without rows. */
        private final @Nullable WindowTiles tiles;

        private final long asOf;
        private final @Nullable Object[] values = new @Nullable Object[outputs.size()];
        private final ValueStatus[] statuses = new ValueStatus[outputs.size()];

        Evaluation(@Nullable WindowTiles tiles, long asOf) {
            this.tiles = tiles;
            this.asOf = asOf;
        }

        WindowValues values() {
            for (Task task : tasks) {
                if (task.window().steps() > 1) {
                    evaluateSteps(task);
                } else if (layout.slots(task.cell()) != null && !layout.isOfKey(task.cell())) {
                    evaluateSlots(task);
                } else {
                    evaluateState(task);
                }
            }
            long newest = tiles == null ? WindowValues.NO_EVENT : tiles.newestEvent();
            return new WindowValues(WindowProgram.this, values, statuses, events(), newest);
        }

        private void evaluateSlots(Task task) {
            long[] state = slots(task, 0);
            for (int output : task.outputs()) {
                put(output, outputs.get(output).feature().aggregate().finish(state, 0));
            }
        }

        private long[] slots(Task task, int step) {
            var slots = Objects.requireNonNull(layout.slots(task.cell()));
            long[] state = new long[slots.width()];
            if (tiles != null) {
                tiles.merge(task.cell(), slots, task.windowPosition(), step, state);
            }
            return state;
        }

        private void evaluateState(Task task) {
            var state = layout.kind(task.cell()).empty();
            if (tiles != null && layout.isOfKey(task.cell())) {
                tiles.mergeOfKey(task.cell(), state);
                state = state.since(task.window().from(asOf));
            } else if (tiles != null) {
                tiles.merge(task.cell(), task.windowPosition(), 0, state);
            }
            for (int output : task.outputs()) {
                put(output, outputs.get(output).feature().aggregate().finish(state));
            }
        }

        private void evaluateSteps(Task task) {
            for (int output : task.outputs()) {
                var aggregate = outputs.get(output).feature().aggregate();
                var steps = new ArrayList<AggregateResult>(task.window().steps());
                for (int step = 0; step < task.window().steps(); step++) {
                    steps.add(finishStep(task, step, aggregate));
                }
                put(output, AggregateResult.ofSteps(steps));
            }
        }

        private AggregateResult finishStep(Task task, int step, Aggregate aggregate) {
            if (layout.slots(task.cell()) != null) {
                return aggregate.finish(slots(task, step), 0);
            }
            var state = layout.kind(task.cell()).empty();
            if (tiles != null) {
                tiles.merge(task.cell(), task.windowPosition(), step, state);
            }
            return aggregate.finish(state);
        }

        private void put(int output, AggregateResult result) {
            var part = switch (outputs.get(output).part()) {
                case ALL -> result;
                case KEYS -> result.keys();
                case VALUES -> result.values();
            };
            values[output] = part.value();
            statuses[output] = switch (part.status()) {
                case PRESENT -> ValueStatus.PRESENT;
                case NULL -> ValueStatus.NULL_VALUE;
                case FAILED -> ValueStatus.ERROR;
                case TRUNCATED -> ValueStatus.TRUNCATED;
            };
        }

        private long[] events() {
            long[] events = new long[windows.size()];
            Arrays.fill(events, WindowValues.NO_EVENT);
            for (int i = 0; tiles != null && i < events.length; i++) {
                if (usesWindow[i]) {
                    events[i] = tiles.lastEvent(i, windows.get(i));
                }
            }
            return events;
        }
    }
}
