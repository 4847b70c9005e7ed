package dev.asof.ingestion.table;

import dev.asof.formats.RequestBody;
import dev.asof.ingestion.contract.RawRow;
import dev.asof.postgres.RowBuffer;
import dev.asof.registry.SourceDefinition;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Copies a table's rows to where they are compared with what was read before. */
final class TableStage {

    private static final int STAGED_BYTES = 4 * 1024 * 1024;

    private final TableRows rows;
    private final SourceTable table;
    private final boolean isSnapshot;
    private final RowFingerprint identity;
    private final RowFingerprint content;
    private final Optional<RowFingerprint> oldIdentity;
    private final Optional<RowFingerprint> oldContent;

    TableStage(TableRows rows, SourceTable table, SourceDefinition source, TableRows.Known known) {
        this.rows = rows;
        this.table = table;
        this.isSnapshot = source.isSnapshot();
        Predicate<String> identifies = isSnapshot ? source.rowId()::contains : known.columns()::contains;
        Predicate<String> counts =
                column -> source.knownTimestamp().filter(column::equals).isEmpty();
        this.identity = RowFingerprint.ofValues(table, source, identifies);
        this.content = RowFingerprint.ofValues(table, source, counts);
        this.oldIdentity =
                known.hasOldFingerprints() ? Optional.of(RowFingerprint.asRead(table, identifies)) : Optional.empty();
        this.oldContent =
                known.hasOldFingerprints() ? Optional.of(RowFingerprint.asRead(table, counts)) : Optional.empty();
    }

    /** Copies all rows; returns how many there are. */
    long copy(ReadWatch watch) {
        long n = 0;
        RowBuffer staged = TableRows.stagedBuffer();
        for (@Nullable Object[] row = table.next(); row != null; row = table.next()) {
            add(++n, row, staged);
            if (staged.sizeInBytes() >= STAGED_BYTES) {
                rows.copy(staged);
                staged = TableRows.stagedBuffer();
                watch.rowsRead(n);
                watch.check();
            }
        }
        rows.copy(staged);
        watch.rowsRead(n);
        return n;
    }

    private void add(long n, @Nullable Object[] row, RowBuffer staged) {
        byte[] id = identity.of(row);
        staged.startRow().int64(n).binary(id).binary(isSnapshot ? content.of(row) : id);
        for (var old : List.of(oldIdentity, isSnapshot ? oldContent : oldIdentity)) {
            old.ifPresentOrElse(fingerprint -> staged.binary(fingerprint.of(row)), staged::nullValue);
        }
        String raw = RawRow.of(table.columns(), row);
        int length = lengthAsRecord(raw);
        if (table.keptBack().isPresent()) {
            var kept = table.keptBack().get();
            refuse(row, kept.column(), kept.bytes(), staged);
        } else if (length > RequestBody.MAX_RECORD_LENGTH) {
            refuse(row, RawRow.longest(table.columns(), row), length, staged);
        } else {
            staged.text(raw).nullValue().nullValue();
        }
    }

    private void refuse(@Nullable Object[] row, String longest, long bytes, RowBuffer staged) {
        staged.text(RawRow.shortened(table.columns(), row))
                .text(longest)
                .text(String.format(
                        Locale.ROOT,
                        "The row has %,d bytes, most of them in '%s', and at most %,d are read: leave long columns out"
                                + " of the source",
                        bytes,
                        longest,
                        RequestBody.MAX_RECORD_LENGTH));
    }

    /** How many bytes it has where that decides whether it is too long. */
    private static int lengthAsRecord(String raw) {
        boolean isShort = raw.length() <= RequestBody.MAX_RECORD_LENGTH / 3;
        return isShort ? raw.length() : raw.getBytes(StandardCharsets.UTF_8).length;
    }
}
