package dev.asof.training.dataset;

import dev.asof.offline.DatasetTables;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.shared.AsofException;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.Split;
import dev.asof.training.TrainingProperties;
import dev.asof.training.spine.LoadedSpine;
import dev.asof.training.spine.SpineFile;
import dev.asof.training.spine.SpineSources;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads and checks the spines of datasets, and keeps them in tables of their own. */
@Component
class DatasetSpines {

    private static final int COPY_BYTES = 4 * 1024 * 1024;

    private final SpineSources spines;
    private final DatasetTables tables;
    private final RowCopier copier;
    private final Semaphore permits;

    DatasetSpines(SpineSources spines, DatasetTables tables, RowCopier copier, TrainingProperties properties) {
        this.spines = spines;
        this.tables = tables;
        this.copier = copier;
        this.permits = new Semaphore(properties.maxConcurrent());
    }

    /**
     * A spine that was read whole and found good.
     *
     * @param leftOut rows in no split
     */
    record Checked(SpineFile file, LoadedSpine spine, String hash, List<Split> splits, String gap, long leftOut)
            implements AutoCloseable {

        @Override
        public void close() {
            file.close();
        }
    }

    /** Makes one reader of a spine out of those that may run at once. */
    final class Permit implements AutoCloseable {

        @Override
        public void close() {
            permits.release();
        }
    }

    /** @throws AsofException TOO_MANY_REQUESTS when too many spines are being read */
    Permit permit() {
        if (!permits.tryAcquire()) {
            throw new AsofException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many training requests are running: try again in a moment");
        }
        return new Permit();
    }

    /**
     * Reads a plan's spine to its end.
     *
     * @throws AsofException for everything the caller can mend, in the spine and in how it is to be split
     */
    Checked read(DatasetPlan plan) {
        return EndableWork.whileWanted(() -> checked(plan));
    }

    private Checked checked(DatasetPlan plan) {
        var file = new SpineFile();
        try {
            var spine = spines.load(plan.spine(), plan.query(), file);
            if (spine.rows() == 0) {
                throw AsofException.invalid(
                        "The spine is invalid: it has no rows",
                        List.of(Violation.of("spine", "empty", "The spine has no rows")));
            }
            var facts = new SpineFacts(spine, plan);
            file.forEach(spine, facts::add);
            facts.throwIfInvalid();
            return split(plan, file, spine, facts);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static Checked split(DatasetPlan plan, SpineFile file, LoadedSpine spine, SpineFacts facts) {
        if (plan.splits().isEmpty()) {
            return new Checked(file, spine, facts.hash(), List.of(), "", 0);
        }
        var splits = plan.splits().get();
        var violations = new Violations();
        var resolved = splits.splits(facts.horizon(), violations);
        violations.throwIfAny("The splits are invalid");
        var counts = new SplitCounts(resolved);
        file.forEach(
                spine,
                row -> counts.add(
                        (Instant) Objects.requireNonNull(row[spine.columns().at()])));
        counts.refuseEmpty(facts.span(), violations);
        violations.throwIfAny("The splits are invalid");
        var gap = splits.gap().orElse(facts.horizon()).toString();
        return new Checked(file, spine, facts.hash(), resolved, gap, counts.leftOut());
    }

    /**
     * Writes a spine into a table under a passing name, in the current transaction.
     *
     * @return that name
     */
    String store(Checked checked) {
        return EndableWork.whileWanted(() -> stored(checked));
    }

    private String stored(Checked checked) {
        var columns = new LinkedHashMap<String, ValueType>();
        checked.spine().resultColumns().forEach(column -> columns.put(column.name(), column.type()));
        var table = "loading_" + UUID.randomUUID().toString().replace("-", "");
        tables.create(table, columns);
        var copy = new Copy(table, columns);
        checked.file().forEach(checked.spine(), copy::add);
        copier.copy(copy.buffer);
        tables.index(table);
        return table;
    }

    private final class Copy {

        private final String table;
        private final LinkedHashMap<String, ValueType> columns;
        private final ValueType[] types;
        private RowBuffer buffer;
        private long ordinal;

        Copy(String table, LinkedHashMap<String, ValueType> columns) {
            this.table = table;
            this.columns = columns;
            this.types = columns.values().toArray(ValueType[]::new);
            this.buffer = DatasetTables.buffer(table, columns.keySet());
        }

        void add(@Nullable Object[] values) {
            buffer.startRow().int64(++ordinal);
            for (int i = 0; i < types.length; i++) {
                buffer.value(types[i], values[i]);
            }
            if (buffer.sizeInBytes() >= COPY_BYTES) {
                copier.copy(buffer);
                buffer = DatasetTables.buffer(table, columns.keySet());
            }
        }
    }
}
