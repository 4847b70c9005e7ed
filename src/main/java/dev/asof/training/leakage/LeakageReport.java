package dev.asof.training.leakage;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.asof.training.LeakageThresholds;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What speaks for and against a dataset's being free of leakage.
 *
 * @param rows of the dataset
 * @param checks every check there is, and what became of it
 * @param findings worst first
 */
@Schema(name = "LeakageReport")
public record LeakageReport(
        String dataset,
        Verdict verdict,
        long rows,
        boolean strict,
        String known,
        LeakageThresholds thresholds,
        List<CheckOutcome> checks,
        List<Finding> findings) {

    /** {@code LEAKING} when any finding is critical, {@code SUSPICIOUS} when any is a warning. */
    public enum Verdict {
        CLEAN,
        SUSPICIOUS,
        LEAKING;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How bad a finding is, worst first. */
    enum Severity {
        CRITICAL,
        WARNING,
        INFO;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is looked for. */
    enum Check {
        LABEL_BEFORE_AS_OF,
        KNOWN_AFTER_AS_OF,
        EVENT_AT_AS_OF,
        LABEL_SOURCE_NOT_STRICT,
        GIVES_LABEL_AWAY,
        ENTITIES_ACROSS_SPLITS,
        DUPLICATES_ACROSS_SPLITS,
        NULL_RATES_DIFFER,
        MOSTLY_NULL,
        LABEL_IS_TEXT;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether a check found something. */
    enum Outcome {
        FOUND,
        PASSED,
        SKIPPED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param reason why the check was skipped, or what limits it */
    @Schema(name = "LeakageCheck")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record CheckOutcome(
            Check check, Outcome outcome, @Nullable String reason) {}

    /**
     * Something found.
     *
     * @param feature the feature column it is about; null when it is about rows
     * @param split the split it is about, with the one it is compared with
     * @param count how many rows, values or entities
     * @param share of all of them
     * @param value what was measured: an AUC, a correlation, a difference
     */
    @Schema(name = "LeakageFinding")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Finding(
            Check check,
            Severity severity,
            @Nullable String feature,
            @Nullable String split,
            @Nullable Long count,
            @Nullable Double share,
            @Nullable Double value,
            String message,
            List<Map<String, Object>> examples) {

        Finding {
            examples = List.copyOf(examples);
        }
    }

    public LeakageReport {
        checks = List.copyOf(checks);
        findings = List.copyOf(findings);
    }
}
