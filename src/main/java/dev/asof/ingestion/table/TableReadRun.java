package dev.asof.ingestion.table;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.batch.BatchTally;
import dev.asof.ingestion.batch.BatchWriter;
import dev.asof.ingestion.batch.IngestionMetrics;
import dev.asof.ingestion.batch.OpenBatches;
import dev.asof.ingestion.contract.ContractReaders;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.ingestion.contract.RowViolation;
import dev.asof.offline.LogRow;
import dev.asof.offline.SourceLog;
import dev.asof.postgres.RowBuffer;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.RowSequence;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes what a comparison found into the log, as one batch; not for several threads at once. */
final class TableReadRun {

    private static final int OUTCOMES_AT_ONCE = 32_768;
    private static final int VANISHED_AT_ONCE = 50_000;
    private static final String ROW_ID = "row_id";
    private static final String TOO_LONG = "too_long";

    /** What a row breaks only beside others: alone in the next read it would pass. */
    private static final Set<String> OF_SEVERAL_ROWS = Set.of("unique", ROW_ID);

    /** What a run works with. */
    record Stores(SourceLog log, TableRows rows, IngestionMetrics metrics) {}

    private final Stores stores;
    private final OpenBatches batches;
    private final SourceDefinition definition;
    private final Instant now;
    private final BatchWriter writer;
    private final BatchTally tally = new BatchTally();
    private final int eventTimestampAt;
    private RowBuffer outcomes = TableRows.outcomeBuffer();
    private @Nullable BatchId batch;
    private long newRows;
    private long changedRows;
    private long vanishedRows;

    TableReadRun(Stores stores, OpenBatches batches) {
        this.stores = stores;
        this.batches = batches;
        this.definition = batches.source().definition();
        this.now = batches.now();
        this.writer = batches.writer();
        this.eventTimestampAt = definition.indexOf(definition.eventTimestamp());
    }

    /** Holds the candidates to the contract and stores them. */
    void take(long candidates, ContractReaders readers, ReadWatch watch) {
        if (candidates == 0) {
            return;
        }
        if (candidates > RowSequence.MAX_ROWS) {
            throw new AsofException(
                    ErrorCode.INVALID,
                    String.format(
                            Locale.ROOT,
                            "The table has %,d rows to take, and a batch holds at most %,d: read it in parts, by a"
                                    + " query that takes in more from read to read",
                            candidates,
                            RowSequence.MAX_ROWS));
        }
        var lines = new CandidateLines(stores.rows(), watch);
        try (var in = readers.openWritten(lines, batches.source(), batches.views())) {
            for (IncomingRow row = in.next(); row != null; row = in.next()) {
                take(lines.next(), row);
                writer.storeIfFull();
                storeOutcomes(OUTCOMES_AT_ONCE);
            }
        }
        stores.metrics().judge(tally, definition);
        storeRest();
    }

    private void take(TableRows.Candidate candidate, IncomingRow checked) {
        IncomingRow row = candidate.copies() > 1
                ? severalOf(candidate, checked)
                : candidate
                        .refused()
                        .map(why -> refused(candidate, why, checked))
                        .orElse(checked);
        switch (row) {
            case IncomingRow.Accepted good -> accept(candidate, good);
            case IncomingRow.Refused bad -> {
                // what waits in quarantine already is not new to it
                if (!candidate.isRetry()) {
                    tally.count(bad);
                    writer.add(batch(), bad);
                    boolean retry = bad.violations().stream().noneMatch(v -> OF_SEVERAL_ROWS.contains(v.rule()));
                    outcome(candidate, Optional.empty(), RowSequence.of(batch(), bad.number()), retry);
                }
            }
        }
    }

    private IncomingRow.Refused severalOf(TableRows.Candidate candidate, IncomingRow row) {
        var violation = new RowViolation(
                row.number(),
                definition.rowId().size() == 1 ? definition.rowId().getFirst() : null,
                ROW_ID,
                null,
                String.format(
                        Locale.ROOT,
                        "%,d rows of the table have this row_id (%s), so that none of them can be told from the others",
                        candidate.copies(),
                        String.join(", ", definition.rowId())));
        return new IncomingRow.Refused(row.number(), candidate.raw(), List.of(violation));
    }

    private static IncomingRow refused(TableRows.Candidate candidate, TableRows.Refusal why, IncomingRow row) {
        var violation = new RowViolation(row.number(), why.column(), TOO_LONG, null, why.message());
        return new IncomingRow.Refused(row.number(), candidate.raw(), List.of(violation));
    }

    private void accept(TableRows.Candidate candidate, IncomingRow.Accepted row) {
        tally.count(row);
        boolean isCorrection = candidate.rowSequence().isPresent();
        if (isCorrection) {
            changedRows++;
        } else {
            newRows++;
        }
        @Nullable Object[] values = row.values();
        Instant known = writer.known(values);
        if (isCorrection && definition.knownTimestamp().isEmpty() && known.isBefore(now)) {
            // known_after says when a row first appears, not when it is corrected
            known = now;
        }
        Instant event = effectiveFrom(candidate, (Instant) Objects.requireNonNull(values[eventTimestampAt]));
        values[eventTimestampAt] = event;
        long sequence = candidate.waitsAs().orElseGet(() -> RowSequence.of(batch(), row.number()));
        writer.append(new LogRow(batch(), sequence, known, values));
        outcome(candidate, Optional.of(event), sequence, false);
    }

    /**
     * When a row counts from. The state of something can't become effective before the state that it follows, which
     * would go on winning: then it does from now on.
     */
    private Instant effectiveFrom(TableRows.Candidate candidate, Instant event) {
        return candidate
                .eventTimestamp()
                .filter(before -> definition.isSnapshot() && !definition.hasDatedRows() && event.isBefore(before))
                .map(this::fromNowOn)
                .orElse(event);
    }

    /** When a state that counts from {@code before} ends. */
    private Instant fromNowOn(Instant before) {
        return before.isAfter(now) ? before : now;
    }

    private void outcome(TableRows.Candidate candidate, Optional<Instant> acceptedEvent, long sequence, boolean retry) {
        outcomes.startRow().int64(candidate.place());
        if (acceptedEvent.isPresent()) {
            outcomes.int64(sequence).timestamp(acceptedEvent.get()).nullValue();
        } else {
            outcomes.nullValue().nullValue().int64(sequence);
        }
        outcomes.bool(retry);
    }

    /** Deletes what is gone. */
    void deleteVanished(long vanished, long candidates, ReadWatch watch) {
        if (candidates + vanished > RowSequence.MAX_ROWS) {
            throw new AsofException(
                    ErrorCode.INVALID,
                    String.format(
                            Locale.ROOT,
                            "%,d rows have vanished, too many for a batch: define a new source",
                            vanished));
        }
        for (long after = 0; after < vanished; after += VANISHED_AT_ONCE) {
            watch.check();
            var bySequence = new HashMap<Long, TableRows.Vanished>();
            stores.rows().vanished(after, VANISHED_AT_ONCE).forEach(row -> bySequence.put(row.rowSequence(), row));
            stores.log().read(batches.source(), bySequence.keySet(), old -> {
                var row = Objects.requireNonNull(bySequence.get(old.rowSequence()));
                delete(old, row.eventTimestamp(), candidates + row.place());
                writer.storeIfFull();
            });
            storeRest();
        }
    }

    /** Known from now; a state ends now, while a row of its own time is withdrawn from then. */
    private void delete(LogRow old, Instant eventTimestamp, long number) {
        vanishedRows++;
        @Nullable Object[] values = old.values();
        values[definition.indexOf(definition.tombstone().orElseThrow())] = true;
        if (!definition.hasDatedRows()) {
            values[eventTimestampAt] = fromNowOn(eventTimestamp);
        }
        tally.count(new IncomingRow.Accepted(number, values));
        writer.append(new LogRow(batch(), RowSequence.of(batch(), number), now, values));
    }

    private void storeRest() {
        if (!writer.isEmpty()) {
            writer.cut().store();
        }
        storeOutcomes(1);
    }

    /** Stores what became of the candidates, if they are so many. */
    private void storeOutcomes(int rows) {
        if (outcomes.rows() >= rows) {
            stores.rows().copy(outcomes);
            outcomes = TableRows.outcomeBuffer();
        }
    }

    private BatchId batch() {
        if (batch == null) {
            batch = batches.begin(tally);
        }
        return batch;
    }

    /** Ends the batch, if there is one. */
    TableReadOutcome finish(TableRows.Known known, long rowsRead) {
        Optional<BatchId> made = Optional.ofNullable(batch);
        stores.rows().remember(known, definition.name(), made, definition.hasDatedRows(), now);
        return new TableReadOutcome(made, rowsRead, newRows, changedRows, vanishedRows, tally.refused());
    }
}
