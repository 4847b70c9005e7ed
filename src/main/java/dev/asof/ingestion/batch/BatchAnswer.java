package dev.asof.ingestion.batch;

import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.contract.RowViolation;
import java.util.List;

/**
 * What became of a batch.
 *
 * @param accepted how many rows are durable in the offline store
 * @param quarantined how many broke the contract and wait in quarantine
 * @param ignoredColumns columns that were sent but that the contract doesn't name
 * @param violations the first rules that rows broke, at most a hundred
 * @param moreViolations how many there are beyond those listed
 */
public record BatchAnswer(
        long batchId,
        long accepted,
        long quarantined,
        OnlineState online,
        List<String> ignoredColumns,
        List<RowViolation> violations,
        long moreViolations) {

    public BatchAnswer {
        ignoredColumns = List.copyOf(ignoredColumns);
        violations = List.copyOf(violations);
    }

    BatchAnswer with(OnlineState state) {
        return new BatchAnswer(batchId, accepted, quarantined, state, ignoredColumns, violations, moreViolations);
    }
}
