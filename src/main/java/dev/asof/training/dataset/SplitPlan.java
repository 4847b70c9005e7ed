package dev.asof.training.dataset;

import dev.asof.shared.Durations;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.Split;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a dataset is to be split, read from a request but for the gap, which depends on how long after its as-of time a
 * label comes.
 *
 * @param folds whether the parts are the test stretches of folds, else they are the splits themselves
 */
record SplitPlan(List<Part> parts, boolean folds, Optional<Duration> gap) {

    private static final int MAX_FOLDS = 20;
    private static final String PATH = "splits";

    /** A split, or the test split of a fold, with the bounds that were given. */
    record Part(
            String name, @Nullable Instant from, @Nullable Instant until) {}

    SplitPlan {
        parts = List.copyOf(parts);
    }

    /** Reads a request, adding all that is wrong with it; empty when something is. */
    static Optional<SplitPlan> read(SplitsRequest request, Violations violations) {
        var reading = new Reading(violations);
        var gap = reading.duration("gap", request.gap(), Duration.ZERO);
        var folds = request.folds();
        if (folds != null) {
            if (request.train() != null || request.validation() != null || request.test() != null) {
                reading.violate("folds", "one_of", "Give either folds or train, validation and test");
            }
            return reading.folds(folds).map(parts -> new SplitPlan(parts, true, gap));
        }
        return reading.ranges(request).map(parts -> new SplitPlan(parts, false, gap));
    }

    /**
     * The splits, when no label comes later than {@code horizon} after its as-of time.
     *
     * @param violations takes what is wrong with the gap
     */
    List<Split> splits(Duration horizon, Violations violations) {
        var distance = gap.orElse(horizon);
        if (distance.compareTo(horizon) < 0) {
            violations.add(Violation.of(
                    PATH + ".gap",
                    "gap_too_small",
                    "The gap of %s is smaller than the longest time from an as-of time to its label, %s: labels of one split would lie in the time of the next; leave the gap out to have it as long"
                            .formatted(Durations.format(distance), Durations.format(horizon))));
        }
        return folds ? foldSplits(distance) : rangeSplits(distance, violations);
    }

    private List<Split> foldSplits(Duration distance) {
        var splits = new ArrayList<Split>();
        for (int i = 0; i < parts.size(); i++) {
            var test = parts.get(i);
            var from = java.util.Objects.requireNonNull(test.from());
            splits.add(new Split(test.name() + "_train", i + 1, null, from.minus(distance)));
            splits.add(new Split(test.name() + "_test", i + 1, from, test.until()));
        }
        return splits;
    }

    private List<Split> rangeSplits(Duration distance, Violations violations) {
        var splits = new ArrayList<Split>();
        Instant end = null;
        for (Part part : parts) {
            Instant from = part.from();
            if (end != null) {
                var earliest = end.plus(distance);
                if (from != null && from.isBefore(earliest)) {
                    violations.add(Violation.of(
                            PATH + "." + part.name() + ".from",
                            "gap_too_small",
                            "%s begins at %s, but with a gap of %s it can't before %s: leave from out, or make it later"
                                    .formatted(
                                            part.name(),
                                            Timestamps.format(from),
                                            Durations.format(distance),
                                            Timestamps.format(earliest))));
                }
                from = from == null ? earliest : from;
                if (part.until() != null && !from.isBefore(part.until())) {
                    violations.add(Violation.of(
                            PATH + "." + part.name() + ".until",
                            "out_of_order",
                            "%s would begin at %s, a gap of %s after the split before, and so after its end"
                                    .formatted(part.name(), Timestamps.format(from), Durations.format(distance))));
                }
            }
            splits.add(new Split(part.name(), 0, from, part.until()));
            end = part.until();
        }
        return splits;
    }

    /** Reads the fields of a request. */
    private static final class Reading {

        private final Violations violations;
        private boolean isGood = true;

        Reading(Violations violations) {
            this.violations = violations;
        }

        void violate(String field, String code, String message) {
            isGood = false;
            violations.add(Violation.of(PATH + "." + field, code, message));
        }

        Optional<List<Part>> ranges(SplitsRequest request) {
            if (request.train() == null || request.validation() == null && request.test() == null) {
                violate("train", "missing", "Give train with validation, test or both, or folds");
            }
            var parts = new ArrayList<Part>();
            add(parts, "train", request.train());
            add(parts, "validation", request.validation());
            add(parts, "test", request.test());
            for (int i = 0; i < parts.size(); i++) {
                checkOrder(parts.get(i), i == 0 ? null : parts.get(i - 1), i == parts.size() - 1);
            }
            return isGood ? Optional.of(parts) : Optional.empty();
        }

        private void add(List<Part> parts, String name, SplitsRequest.@Nullable Range range) {
            if (range != null) {
                parts.add(new Part(
                        name,
                        time(name + ".from", range.from()).orElse(null),
                        time(name + ".until", range.until()).orElse(null)));
            }
        }

        private void checkOrder(Part part, @Nullable Part before, boolean isLast) {
            Instant until = part.until();
            if (until == null && !isLast && isGood) {
                violate(part.name() + ".until", "missing", "Say where %s ends: others follow".formatted(part.name()));
            }
            if (part.from() != null && until != null && !part.from().isBefore(until)) {
                violate(part.name() + ".until", "out_of_order", "%s ends before it begins".formatted(part.name()));
            }
            Instant end = before == null ? null : before.until();
            if (end == null || before == null) {
                return;
            }
            if (until != null && !end.isBefore(until)) {
                violate(
                        part.name() + ".until",
                        "out_of_order",
                        "%s has to end after %s does, at %s"
                                .formatted(part.name(), before.name(), Timestamps.format(end)));
            } else if (part.from() != null && part.from().isBefore(end)) {
                violate(
                        part.name() + ".from",
                        "overlap",
                        "As-of times from %s would be on both sides: %s ends only at %s"
                                .formatted(Timestamps.format(part.from()), before.name(), Timestamps.format(end)));
            }
        }

        Optional<List<Part>> folds(SplitsRequest.Folds folds) {
            Integer count = folds.count();
            if (count == null || count < 1 || count > MAX_FOLDS) {
                violate("folds.count", "out_of_range", "Give the number of folds, 1 to " + MAX_FOLDS);
            }
            if (folds.firstTest() == null) {
                violate("folds.first_test", "missing", "Say where the first fold's test split begins");
            }
            if (folds.length() == null) {
                violate("folds.length", "missing", "Say how long each fold's test split is, such as 14d");
            }
            var first = time("folds.first_test", folds.firstTest());
            var length = duration("folds.length", folds.length(), Duration.ofNanos(1_000));
            if (!isGood || count == null || first.isEmpty() || length.isEmpty()) {
                return Optional.empty();
            }
            try {
                var parts = new ArrayList<Part>();
                for (int i = 0; i < count; i++) {
                    var from = first.get().plus(length.get().multipliedBy(i));
                    parts.add(new Part("fold_" + (i + 1), from, from.plus(length.get())));
                }
                return Optional.of(parts);
            } catch (DateTimeException | ArithmeticException e) {
                violate("folds.length", "out_of_range", "The folds reach beyond all times there are");
                return Optional.empty();
            }
        }

        private Optional<Instant> time(String field, @Nullable String text) {
            if (text == null) {
                return Optional.empty();
            }
            var time = Timestamps.parse(text).filter(Timestamps::isExact);
            if (time.isEmpty()) {
                violate(
                        field,
                        "type",
                        "Use a timestamp with an offset such as 2026-11-21T07:48:00Z, not '%s'".formatted(text));
            }
            return time;
        }

        private Optional<Duration> duration(String field, @Nullable String text, Duration atLeast) {
            if (text == null) {
                return Optional.empty();
            }
            var duration =
                    Durations.parse(text).filter(parsed -> parsed.compareTo(atLeast) >= 0 && parsed.toDays() <= 36_500);
            if (duration.isEmpty()) {
                violate(
                        field,
                        "type",
                        "Use a duration such as 90s, 15m, 24h or 7d, of at most 100 years, not '%s'".formatted(text));
            }
            return duration;
        }
    }
}
