package dev.asof.training.leakage;

import dev.asof.training.DatasetRow;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.CheckOutcome;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at every row of a dataset for some kinds of leakage. */
interface LeakageProbe {

    /** One check's outcome with what it found. */
    record Result(CheckOutcome outcome, List<Finding> findings) {

        public Result {
            findings = List.copyOf(findings);
        }

        static Result of(Check check, List<Finding> findings, @Nullable String limits) {
            var outcome = findings.isEmpty() ? Outcome.PASSED : Outcome.FOUND;
            return new Result(new CheckOutcome(check, outcome, limits), findings);
        }

        static Result skipped(Check check, String reason) {
            return new Result(new CheckOutcome(check, Outcome.SKIPPED, reason), List.of());
        }
    }

    void add(DatasetRow row);

    List<Result> results();
}
