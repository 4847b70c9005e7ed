package dev.asof.ingestion.batch;

import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.ingestion.contract.RowViolation;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Counts a batch's rows and keeps the first violations; judges the batch by its contract (rule I4). */
public final class BatchTally {

    private static final int ROWS_TO_JUDGE = 100;

    private final List<RowViolation> violations = new ArrayList<>();
    private long found;
    private long accepted;
    private long refused;

    public void count(IncomingRow row) {
        switch (row) {
            case IncomingRow.Accepted _ -> accepted++;
            case IncomingRow.Refused bad -> {
                refused++;
                found += bad.violations().size();
                bad.violations().stream()
                        .limit(Violations.SHOWN - violations.size())
                        .forEach(violations::add);
            }
        }
    }

    long accepted() {
        return accepted;
    }

    public long refused() {
        return refused;
    }

    /** @throws AsofException CONTRACT_VIOLATED when too many of at least 100 rows are bad */
    void judge(SourceDefinition source) {
        long rows = accepted + refused;
        if (rows < ROWS_TO_JUDGE || refused <= source.maxInvalidRatio() * rows) {
            return;
        }
        throw new AsofException(
                ErrorCode.CONTRACT_VIOLATED,
                String.format(
                        Locale.ROOT,
                        "%,d of %,d rows break the contract of source '%s', more than its max_invalid_ratio of %s"
                                + " allows; nothing was stored",
                        refused,
                        rows,
                        source.name(),
                        source.maxInvalidRatio()),
                asViolations());
    }

    private Violations asViolations() {
        var all = new Violations();
        violations.stream().map(BatchTally::asViolation).forEach(all::add);
        all.addUnlisted(found - violations.size());
        return all;
    }

    private static Violation asViolation(RowViolation violation) {
        String column = violation.column() == null ? "" : "." + violation.column();
        String value = violation.value() == null ? "" : " (value: " + violation.value() + ")";
        return Violation.of(
                "rows[%s]%s".formatted(violation.row() - 1, column), violation.rule(), violation.message() + value);
    }

    BatchAnswer answer(BatchId batch, OnlineState online, List<String> ignoredColumns) {
        return new BatchAnswer(
                batch.value(), accepted, refused, online, ignoredColumns, violations, found - violations.size());
    }
}
