package dev.asof.offline.copy;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers aggregates of one view version for spine rows in any order (rules W1 to W6): each key's spine rows are taken in order
 * of their as-of times, over trees of partial aggregates of the key's rows that are made for them. For one thread, but for
 * {@link #cancel}.
 */
public final class WindowAnswers {

    /** Blocks of all states of a varying size together. */
    private static final int MOST_BLOCKS = 4096;

    private static final int LEAST_BLOCKS = 64;

    /** A feature that is asked for. */
    private record Asked(WindowedFeature feature, ValueType type, int slots, int states, int window) {}

    private final History history;
    private final boolean strict;
    private final List<Asked> asked = new ArrayList<>();
    private final List<WindowBounds> windows;
    private final int[] timestamps;
    private final KeyRows rows;
    private final SlotTree slots;
    private final List<StateTree> states = new ArrayList<>();
    /** By window and step. */
    private final long[][][] slotAnswers;
    /** By tree, window and step; made when the first feature asks. */
    private final @Nullable AggregateState[][][] stateAnswers;

    private final RowBuffer fields = new RowBuffer("", List.of());
    private volatile boolean cancelled;

    /**
     * @param features positions of aggregates among the view's features, which is what an answer begins with
     * @param timestamps windows of which the answer has the greatest event and known timestamp, after the features
     */
    public WindowAnswers(
            RegisteredView view,
            History history,
            Admission admission,
            List<Integer> features,
            List<Window> timestamps) {
        this.history = history;
        this.strict = admission.strict();
        var aggregates = view.aggregates().orElseThrow();
        var used = features.stream()
                .map(feature -> aggregates.features().stream()
                        .filter(windowed -> windowed.feature() == feature)
                        .findFirst()
                        .orElseThrow())
                .toList();
        var usedWindows = new ArrayList<>(timestamps);
        used.forEach(feature -> usedWindows.add(aggregates.windows().get(feature.window())));
        var distinct = usedWindows.stream().distinct().toList();
        this.windows = distinct.stream().map(WindowBounds::new).toList();
        this.timestamps = timestamps.stream().mapToInt(distinct::indexOf).toArray();
        this.rows = new KeyRows(history, admission);
        var cells = used.stream().map(WindowedFeature::cell).distinct().toList();
        var fixed = cells.stream()
                .filter(cell -> aggregates.cells().get(cell).kind().slots().isPresent())
                .toList();
        var varying = cells.stream().filter(cell -> !fixed.contains(cell)).toList();
        this.slots = new SlotTree(
                rows,
                history.rows(),
                fixed.stream().map(cell -> aggregates.cells().get(cell)).toList());
        int steps = windows.stream().mapToInt(WindowBounds::steps).sum();
        int mostBlocks = Math.max(LEAST_BLOCKS, MOST_BLOCKS / Math.max(1, varying.size()));
        varying.forEach(cell -> states.add(new StateTree(rows, history.rows(), aggregates, cell, steps, mostBlocks)));
        used.forEach(feature -> asked.add(new Asked(
                feature,
                view.features().get(feature.feature()).type(),
                fixed.indexOf(feature.cell()),
                varying.indexOf(feature.cell()),
                distinct.indexOf(aggregates.windows().get(feature.window())))));
        this.slotAnswers = windows.stream()
                .map(window -> new long[window.steps()][slots.width()])
                .toArray(long[][][]::new);
        this.stateAnswers = new AggregateState[states.size()][windows.size()][];
        rows.watchedBy(this::changed);
    }

    private void changed(int row) {
        slots.changed(row);
        for (StateTree tree : states) {
            tree.changed(row);
        }
    }

    /** Has {@link #answer} fail soon; may be called by any thread. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Answers some spine rows.
     *
     * @param timelines of their keys, {@link Timelines#NONE} where there is none
     * @param asOf their times, as Postgres counts them
     * @param into takes the fields
     * @throws IOException also when it was cancelled
     */
    public void answer(long[] timelines, long[] asOf, Answers into) throws IOException {
        into.begin(timelines.length);
        int[] order = new int[timelines.length];
        Arrays.setAll(order, i -> i);
        IndexSort.sort(order, order.length, i -> asOf[i]);
        IndexSort.sort(order, order.length, i -> timelines[i]);
        int until;
        for (int from = 0; from < order.length; from = until) {
            long timeline = timelines[order[from]];
            until = from + 1;
            while (until < order.length && timelines[order[until]] == timeline) {
                until++;
            }
            answer(timeline, order, from, until, asOf, into);
        }
    }

    private void answer(long timeline, int[] order, int from, int until, long[] asOf, Answers into) throws IOException {
        history.reading().lock();
        try {
            begin(timeline, asOf[order[from]], asOf[order[until - 1]]);
            int head = 0;
            for (int i = from; i < until; i++) {
                if (cancelled) {
                    throw new IOException("The join was cancelled");
                }
                long at = asOf[order[i]];
                rows.moveTo(at);
                head = rows.countBefore(firstAfterHead(at), head);
                answer(at, head);
                into.put(order[i], fields);
            }
        } finally {
            history.reading().unlock();
        }
    }

    /** With the rows that any of a key's spine rows may have. */
    private void begin(long timeline, long firstAsOf, long lastAsOf) {
        int first = 0;
        int end = 0;
        if (timeline != Timelines.NONE) {
            long from = windows.stream()
                    .mapToLong(window -> window.from(firstAsOf))
                    .min()
                    .orElseThrow();
            first = history.timelines().countBefore(timeline, from);
            end = Math.max(first, history.timelines().countBefore(timeline, firstAfterHead(lastAsOf)));
        }
        rows.begin(timeline, first, end);
        windows.forEach(WindowBounds::begin);
        slots.begin();
        states.forEach(StateTree::begin);
    }

    private long firstAfterHead(long asOf) {
        return strict ? asOf : asOf + 1;
    }

    private void answer(long asOf, int head) {
        int cut = rows.firstAfterCut(head);
        for (int i = 0; i < windows.size(); i++) {
            var window = windows.get(i);
            window.moveTo(asOf, rows, head, cut);
            for (int step = 0; step < window.steps(); step++) {
                slots.answer(window.from(step), window.until(step), slotAnswers[i][step]);
            }
            for (var answers : stateAnswers) {
                answers[i] = null;
            }
        }
        for (Asked feature : asked) {
            fields.value(feature.type(), value(feature));
        }
        for (int window : timestamps) {
            writeTimestamps(window);
        }
    }

    private @Nullable Object value(Asked feature) {
        int steps = windows.get(feature.window()).steps();
        if (steps == 1) {
            return part(feature, result(feature, 0));
        }
        var values = new ArrayList<@Nullable Object>(steps);
        for (int step = 0; step < steps; step++) {
            values.add(part(feature, result(feature, step)));
        }
        return values;
    }

    private AggregateResult result(Asked feature, int step) {
        var aggregate = feature.feature().aggregate();
        return feature.states() < 0
                ? aggregate.finish(slotAnswers[feature.window()][step], slots.at(feature.slots()))
                : aggregate.finish(states(feature)[step]);
    }

    private static @Nullable Object part(Asked feature, AggregateResult result) {
        return switch (feature.feature().part()) {
            case ALL -> result.value();
            case KEYS -> result.keys().value();
            case VALUES -> result.values().value();
        };
    }

    private AggregateState[] states(Asked feature) {
        var found = stateAnswers[feature.states()][feature.window()];
        if (found != null) {
            return found;
        }
        var window = windows.get(feature.window());
        var made = new AggregateState[window.steps()];
        int before = windows.subList(0, feature.window()).stream()
                .mapToInt(WindowBounds::steps)
                .sum();
        for (int step = 0; step < made.length; step++) {
            made[step] = states.get(feature.states()).answer(before + step, window.from(step), window.until(step));
        }
        stateAnswers[feature.states()][feature.window()] = made;
        return made;
    }

    /** Of a window of several steps, the greatest of all of them. */
    private void writeTimestamps(int window) {
        long last = 0;
        long known = Long.MIN_VALUE;
        for (long[] step : slotAnswers[window]) {
            if (step[SlotTree.LAST_ROW] > 0) {
                last = Math.max(last, step[SlotTree.LAST_ROW]);
                known = Math.max(known, step[SlotTree.KNOWN]);
            }
        }
        if (last == 0) {
            fields.nullValue().nullValue();
        } else {
            fields.timestamp(instant(rows.event((int) last - 1))).timestamp(instant(known));
        }
    }

    private static java.time.Instant instant(long sent) {
        return Timestamps.ofMicros(sent + RowBuffer.POSTGRES_EPOCH_MICROS);
    }
}
