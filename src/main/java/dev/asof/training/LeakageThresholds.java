package dev.asof.training;

import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * From where on the leakage report warns, each in 0 to 1.
 *
 * @param auc of a feature alone, against a label of two values
 * @param correlation of a feature alone with a label that is a number, without its sign
 * @param nullRateDifference of a column between two splits
 * @param duplicateShare rows of a later split that are in an earlier one too
 */
public record LeakageThresholds(
        double aucWarning,
        double aucCritical,
        double correlationWarning,
        double correlationCritical,
        double nullRateDifference,
        double duplicateShare) {

    /** As they stand in a request; what is absent is the default. */
    @Schema(
            name = "LeakageThresholdsRequest",
            description = "From where on the leakage report warns; each between 0 and 1")
    public record Request(
            @Schema(description = "AUC of one feature alone", defaultValue = "0.9") @Nullable
            Double aucWarning,

            @Schema(defaultValue = "0.98") @Nullable Double aucCritical,

            @Schema(description = "Correlation of one feature alone with a numeric label", defaultValue = "0.9")
            @Nullable
            Double correlationWarning,

            @Schema(defaultValue = "0.98") @Nullable Double correlationCritical,

            @Schema(description = "Difference of a column's null rate between splits", defaultValue = "0.1") @Nullable
            Double nullRateDifference,

            @Schema(description = "Share of a split's rows that an earlier split has too", defaultValue = "0.1")
            @Nullable
            Double duplicateShare) {}

    static final LeakageThresholds DEFAULTS = new LeakageThresholds(0.9, 0.98, 0.9, 0.98, 0.1, 0.1);

    public static LeakageThresholds of(@Nullable Request request, Violations violations) {
        if (request == null) {
            return DEFAULTS;
        }
        Consumer<String> violate = field -> violations.add(
                Violation.of("leakage_thresholds." + field, "out_of_range", field + " is between 0 and 1"));
        return new LeakageThresholds(
                checked("auc_warning", request.aucWarning(), DEFAULTS.aucWarning, violate),
                checked("auc_critical", request.aucCritical(), DEFAULTS.aucCritical, violate),
                checked("correlation_warning", request.correlationWarning(), DEFAULTS.correlationWarning, violate),
                checked("correlation_critical", request.correlationCritical(), DEFAULTS.correlationCritical, violate),
                checked("null_rate_difference", request.nullRateDifference(), DEFAULTS.nullRateDifference, violate),
                checked("duplicate_share", request.duplicateShare(), DEFAULTS.duplicateShare, violate));
    }

    private static double checked(String field, @Nullable Double value, double otherwise, Consumer<String> violate) {
        if (value == null) {
            return otherwise;
        }
        if (!(value >= 0 && value <= 1)) {
            violate.accept(field);
        }
        return value;
    }
}
