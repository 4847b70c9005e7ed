package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import dev.asof.online.lookup.OnDemandProgram.Cell;
import dev.asof.online.lookup.OnDemandProgram.Source;
import dev.asof.transform.EvaluationException;
import dev.asof.transform.window.AggregateResult.Buckets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes a lookup's on-demand features of what was read for it: each of them once a row, and once for all rows where it
 * depends on nothing that they differ in. For one thread, and one run.
 */
final class Computation {

    /** Of a value with status {@code ERROR}. */
    private static final byte FAILED = 1;
    /** Of a value with status {@code TRUNCATED}. */
    private static final byte CUT = 2;

    /** In place of a read, before the first. */
    private static final int NOT_YET = -2;

    private final LookupPlan plan;
    private final RowOutcome[] outcomes;
    private final ComputationLimits limits;
    private final int cells;
    private final List<Frame> frames;
    private final long[] failures;
    /** Of the row before, by the position of the view: what was read of it stands in the frames. */
    private final int[] readBefore;
    /** Of the row that is computed, by the index of the feature. */
    private final @Nullable Object[] values;

    private final byte[] flags;

    /** What is done for a view for all rows, or for each. */
    private record Part(List<Source> sources, List<Cell> cells) {}

    /** A view with the row that its expressions are evaluated over. */
    private static final class Frame {

        private final int view;
        private final @Nullable Object[] row;
        private final byte[] flags;
        private final Part once;
        private final Part each;

        Frame(OnDemandProgram.View view, Once once, Instant asOf) {
            this.view = view.position();
            this.row = new @Nullable Object[view.rowLength()];
            this.row[row.length - 1] = asOf;
            this.flags = new byte[row.length];
            this.once = part(view, once, true);
            this.each = part(view, once, false);
        }

        private static Part part(OnDemandProgram.View view, Once once, boolean isOnce) {
            var cells = view.cells().stream()
                    .filter(cell -> once.cells()[cell.index()] == isOnce)
                    .toList();
            var sources = view.sources().stream()
                    .filter(source -> belongs(source, once, isOnce))
                    .toList();
            return new Part(sources, cells);
        }

        /** Values that are sent for all rows come with those of each row too. */
        private static boolean belongs(Source source, Once once, boolean isOnce) {
            return switch (source) {
                case Source.Read read -> once.views()[read.view()] == isOnce;
                case Source.Computed computed -> once.cells()[computed.cell()] == isOnce;
                case Source.Sent _ -> true;
            };
        }
    }

    Computation(LookupPlan plan, RowOutcome[] outcomes, Instant asOf, ComputationLimits limits) {
        var program = plan.template().onDemand();
        this.plan = plan;
        this.outcomes = outcomes;
        this.limits = limits;
        this.cells = program.cells();
        this.frames = program.views().stream()
                .map(view -> new Frame(view, plan.once(), asOf))
                .toList();
        this.failures = new long[plan.selection().onDemand().size()];
        this.readBefore = new int[plan.selection().views().size()];
        Arrays.fill(readBefore, NOT_YET);
        this.values = new @Nullable Object[cells];
        this.flags = new byte[cells];
    }

    /**
     * @return empty when the limits ended it
     * @throws dev.asof.shared.AsofException when they refuse it
     */
    Optional<Computed> run() {
        var common = new ComputedValues(plan.common().isPresent() ? 1 : 0, cells);
        if (plan.common().isPresent() && !computeOnce(plan.common().get().sent()[0], common)) {
            return Optional.empty();
        }
        @Nullable Object[][] sent = plan.rows().sent();
        var rows = new ComputedValues(sent.length, cells);
        for (int row = 0; row < sent.length; row++) {
            if (!computeEach(row, sent[row], rows)) {
                return Optional.empty();
            }
            System.arraycopy(plan.rows().readsByView()[row], 0, readBefore, 0, readBefore.length);
        }
        return Optional.of(new Computed(common, rows, failures));
    }

    private boolean computeOnce(@Nullable Object[] sent, ComputedValues into) {
        for (Frame frame : frames) {
            if (!compute(frame, frame.once, 0, sent, into)) {
                return false;
            }
        }
        return true;
    }

    private boolean computeEach(int row, @Nullable Object[] sent, ComputedValues into) {
        for (Frame frame : frames) {
            if (!compute(frame, frame.each, row, sent, into)) {
                return false;
            }
        }
        return true;
    }

    private boolean compute(Frame frame, Part part, int row, @Nullable Object[] sent, ComputedValues into) {
        for (Source source : part.sources()) {
            switch (source) {
                case Source.Read read -> fill(frame, read, row);
                case Source.Sent(int position, int value) -> frame.row[position] = sent[value];
                case Source.Computed(int position, int cell) -> {
                    frame.row[position] = values[cell];
                    frame.flags[position] = flags[cell];
                }
            }
        }
        for (Cell cell : part.cells()) {
            if (!limits.allow(cell.program().steps(frame.row))) {
                return false;
            }
            into.put(row, cell.index(), evaluate(frame, cell), statusOf(cell.index()));
        }
        return true;
    }

    /** Nothing that stands there already, as of a user in whose rows candidates differ. */
    private void fill(Frame frame, Source.Read source, int row) {
        int read = plan.read(row, source.view());
        if (read == readBefore[source.view()]) {
            return;
        }
        var outcome = plan.outcome(outcomes, row, source.view());
        Object value = outcome.value(source.slot());
        int position = source.position();
        byte flag = flag(outcome.status(source.slot()));
        frame.flags[position] = flag;
        if (source.bucketed()) {
            frame.row[position] = value instanceof Buckets(var keys, var _) ? keys : null;
            frame.row[position + 1] = value instanceof Buckets(var _, var each) ? each : null;
            frame.flags[position + 1] = flag;
        } else {
            frame.row[position] = value;
        }
    }

    private static byte flag(ValueStatus status) {
        return switch (status) {
            case ERROR -> FAILED;
            case TRUNCATED -> CUT;
            case PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE -> 0;
        };
    }

    /** The value, with what is to be known of it in {@link #flags}. */
    private @Nullable Object evaluate(Frame frame, Cell cell) {
        byte flag = 0;
        for (int position : cell.reads()) {
            flag |= frame.flags[position];
        }
        Object value = null;
        try {
            value = cell.program().evaluate(frame.row);
            limits.add(value);
        } catch (EvaluationException e) {
            flag |= FAILED;
            failures[frame.view]++;
        }
        values[cell.index()] = value;
        flags[cell.index()] = flag;
        return value;
    }

    private ValueStatus statusOf(int cell) {
        return ValueStatus.ofComputed(values[cell], (flags[cell] & FAILED) != 0, (flags[cell] & CUT) != 0);
    }
}
