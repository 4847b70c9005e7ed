package dev.asof.training.dataset;

import dev.asof.offline.DatasetTables;
import dev.asof.shared.AsofException;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.ContentHash;
import dev.asof.training.DatasetSpec;
import dev.asof.training.spine.LoadedSpine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a dataset has to know of its spine before it is stored: whether its columns can be, its hash, and how long after
 * its as-of time a label comes.
 */
final class SpineFacts {

    private final LoadedSpine spine;
    private final Optional<ZoneId> zone;
    private final Violations violations = new Violations();
    private final ContentHash hash;
    private final int labelTimestamp;
    private Duration horizon = Duration.ZERO;
    private @Nullable Instant earliest;
    private @Nullable Instant latest;
    private long row;

    /** @throws AsofException INVALID with every column that can't be stored or isn't there */
    SpineFacts(LoadedSpine spine, DatasetPlan plan) {
        this.spine = spine;
        this.zone = plan.query().zone();
        this.hash = new ContentHash(spine.resultColumns());
        checkColumns();
        checkLabel("label_column", plan.label().column());
        checkLabel("label_timestamp_column", plan.label().timestampColumn());
        violations.throwIfAny("The spine is invalid");
        this.labelTimestamp = position(plan.label().timestampColumn());
    }

    private int position(@Nullable String column) {
        return column == null ? -1 : spine.columns().names().indexOf(column);
    }

    private void checkColumns() {
        var names = spine.columns().names();
        if (names.size() > DatasetTables.MAX_COLUMNS) {
            violations.add(Violation.of(
                    "spine",
                    "too_many_columns",
                    "The spine has %s columns, and at most %s are kept: leave some out"
                            .formatted(names.size(), DatasetTables.MAX_COLUMNS)));
        }
        for (String name : names) {
            boolean isLong = name.getBytes(StandardCharsets.UTF_8).length > DatasetTables.MAX_NAME_BYTES;
            if (isLong || name.isEmpty() || name.indexOf(0) >= 0 || DatasetTables.isReserved(name)) {
                violations.add(Violation.of(
                        name,
                        "column_name",
                        "The spine column '%s' can't be kept under this name: use another of 1 to %s bytes, without NUL"
                                .formatted(name, DatasetTables.MAX_NAME_BYTES)));
            }
        }
    }

    private void checkLabel(String field, @Nullable String column) {
        if (column != null && position(column) < 0) {
            violations.add(Violation.of(
                    field,
                    "missing_column",
                    "The spine has no column '%s'".formatted(column),
                    Suggestions.nearest(column, spine.columns().names())));
        } else if (column != null && position(column) == spine.columns().at()) {
            violations.add(Violation.of(field, "as_of_column", "'%s' is the as-of column".formatted(column)));
        }
    }

    void add(@Nullable Object[] values) {
        hash.row(values);
        row++;
        for (int i = 0; i < values.length; i++) {
            if (hasNul(values[i])) {
                violate(
                        spine.columns().names().get(i),
                        "nul_character",
                        "the text has a NUL character, which can't be kept");
            }
        }
        var asOf = (Instant)
                java.util.Objects.requireNonNull(values[spine.columns().at()]);
        earliest = earliest == null || asOf.isBefore(earliest) ? asOf : earliest;
        latest = latest == null || asOf.isAfter(latest) ? asOf : latest;
        Object labelTime = labelTimestamp < 0 ? null : values[labelTimestamp];
        if (labelTime != null) {
            time(labelTime).ifPresent(time -> {
                var distance = Duration.between(asOf, time);
                horizon = distance.compareTo(horizon) > 0 ? distance : horizon;
            });
        }
    }

    private Optional<Instant> time(Object value) {
        try {
            return Optional.of(DatasetSpec.Label.time(value, zone));
        } catch (ValueConversionException e) {
            violate(spine.columns().names().get(labelTimestamp), e.rule(), e.explanation());
            return Optional.empty();
        }
    }

    private void violate(String column, String rule, String explanation) {
        violations.add(Violation.of(
                "spine.rows[%s].%s".formatted(row - 1, column),
                rule,
                "Row %s, column '%s': %s".formatted(row, column, explanation)));
    }

    private static boolean hasNul(@Nullable Object value) {
        return switch (value) {
            case String text -> text.indexOf(0) >= 0;
            case List<?> list -> list.stream().anyMatch(SpineFacts::hasNul);
            case null, default -> false;
        };
    }

    /** @throws AsofException INVALID with every label time that is none */
    void throwIfInvalid() {
        violations.throwIfAny("The spine is invalid");
    }

    String hash() {
        return hash.value();
    }

    /** The longest time from an as-of time to its label; zero without label times. */
    Duration horizon() {
        return horizon;
    }

    /** The first and the last as-of time, for messages. */
    String span() {
        return earliest == null || latest == null
                ? "there are none"
                : "they go from %s to %s"
                        .formatted(
                                dev.asof.shared.Timestamps.format(earliest), dev.asof.shared.Timestamps.format(latest));
    }
}
