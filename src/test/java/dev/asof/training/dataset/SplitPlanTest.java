package dev.asof.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violations;
import dev.asof.training.Split;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** What holds of every split, whatever ranges, gaps and label times a request has. */
class SplitPlanTest {

    private static final Instant BASE = Instant.parse("2026-01-01T00:00:00Z");
    private static final int HOURS = 60;

    private record Asked(SplitsRequest request, Duration horizon) {}

    /** The splits of a request, or nothing where it is refused. */
    private static Optional<List<Split>> splits(Asked asked) {
        var violations = new Violations();
        var plan = SplitPlan.read(asked.request(), violations);
        assertThat(plan.isEmpty()).as("only what is told is refused").isEqualTo(!violations.isEmpty());
        var splits = plan.map(read -> read.splits(asked.horizon(), violations));
        return violations.isEmpty() ? splits : Optional.empty();
    }

    private static Instant hour(int hour) {
        return BASE.plus(Duration.ofHours(hour));
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void aRowIsInOneSplitOfAGroupAtMostAndLabelsEndBeforeTheNextBegins(@ForAll("asked") Asked asked) {
        var taken = splits(asked);
        Statistics.collect(taken.isPresent());
        Statistics.coverage(shares -> shares.check(true).percentage(share -> share > 10));
        taken.ifPresent(splits -> {
            for (int i = 0; i < splits.size(); i++) {
                for (int j = i + 1; j < splits.size(); j++) {
                    var earlier = splits.get(i);
                    var later = splits.get(j);
                    if (earlier.group() == later.group()) {
                        // a row just before the end of the one has its label before the other begins
                        assertThat(Objects.requireNonNull(earlier.until()).plus(asked.horizon()))
                                .isBeforeOrEqualTo(Objects.requireNonNull(later.from()));
                    }
                }
            }
            for (int hour = -1; hour <= HOURS + 1; hour++) {
                var at = hour(hour);
                var groups = splits.stream()
                        .filter(split -> split.contains(at))
                        .map(Split::group)
                        .toList();
                assertThat(groups).as(at.toString()).doesNotHaveDuplicates();
            }
        });
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void whatIsAskedForIsKept(@ForAll("asked") Asked asked) {
        splits(asked).ifPresent(splits -> {
            var folds = asked.request().folds();
            if (folds != null) {
                assertThat(splits).hasSize(2 * Objects.requireNonNull(folds.count()));
                return;
            }
            for (var split : splits) {
                var range = range(asked.request(), split.name());
                assertThat(split.until()).isEqualTo(time(range.until()));
                if (range.from() != null) {
                    assertThat(split.from()).isEqualTo(time(range.from()));
                }
                assertThat(split.from() == null
                                || split.until() == null
                                || split.from().isBefore(split.until()))
                        .isTrue();
            }
        });
    }

    @Property(tries = 500)
    void foldsTestOneStretchAfterTheOtherAndTrainOnAllBefore(
            @ForAll @IntRange(min = 1, max = 20) int count,
            @ForAll @IntRange(min = 1, max = 48) int length,
            @ForAll @IntRange(min = 0, max = 30) int horizon) {
        var request = new SplitsRequest(
                null, null, null, new SplitsRequest.Folds(count, Timestamps.format(BASE), length + "h"), null);
        var splits = splits(new Asked(request, Duration.ofHours(horizon))).orElseThrow();

        for (int fold = 0; fold < count; fold++) {
            var train = splits.get(2 * fold);
            var test = splits.get(2 * fold + 1);
            assertThat(train.from()).isNull();
            assertThat(train.until()).isEqualTo(hour(fold * length - horizon));
            assertThat(test.from()).isEqualTo(hour(fold * length));
            assertThat(test.until()).isEqualTo(hour((fold + 1) * length));
            assertThat(List.of(train.name(), test.name()))
                    .containsExactly("fold_%s_train".formatted(fold + 1), "fold_%s_test".formatted(fold + 1));
        }
    }

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
    void everyRowIsInASplitOrLeftOut(@ForAll("asked") Asked asked) {
        splits(asked).ifPresent(splits -> {
            var counts = new SplitCounts(splits);
            long out = 0;
            for (int hour = -1; hour <= HOURS + 1; hour++) {
                var at = hour(hour);
                counts.add(at);
                out += splits.stream().noneMatch(split -> split.contains(at)) ? 1 : 0;
            }
            assertThat(counts.leftOut()).isEqualTo(out);
        });
    }

    @Property(tries = 500)
    void aGapShorterThanTheTimeToALabelIsRefused(
            @ForAll @IntRange(min = 0, max = 10) int gap, @ForAll @IntRange(min = 0, max = 10) int horizon) {
        var request = new SplitsRequest(
                new SplitsRequest.Range(null, Timestamps.format(hour(10))),
                null,
                new SplitsRequest.Range(null, null),
                null,
                gap + "h");

        assertThat(splits(new Asked(request, Duration.ofHours(horizon))).isPresent())
                .isEqualTo(gap >= horizon);
    }

    @Example
    void whatMakesNoSenseIsRefusedWithItsPlace() {
        var violations = new Violations();
        SplitPlan.read(
                new SplitsRequest(
                        new SplitsRequest.Range("soon", null),
                        new SplitsRequest.Range(null, Timestamps.format(hour(5))),
                        new SplitsRequest.Range(Timestamps.format(hour(1)), Timestamps.format(hour(4))),
                        new SplitsRequest.Folds(21, null, "0s"),
                        "-1h"),
                violations);

        assertThatThrownBy(() -> violations.throwIfAny("The splits"))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        refused -> assertThat(refused.violations())
                                .extracting(dev.asof.shared.Violation::path)
                                .contains(
                                        "splits.gap", "splits.folds", "splits.folds.count", "splits.folds.first_test"));
    }

    private static SplitsRequest.Range range(SplitsRequest request, String name) {
        return Objects.requireNonNull(
                switch (name) {
                    case "train" -> request.train();
                    case "validation" -> request.validation();
                    default -> request.test();
                });
    }

    private static @Nullable Instant time(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }

    @Provide
    Arbitrary<Asked> asked() {
        var horizon = Arbitraries.integers().between(0, 12).map(Duration::ofHours);
        var gap = Arbitraries.integers()
                .between(0, 12)
                .map(hours -> Durations.format(Duration.ofHours(hours)))
                .injectNull(0.5);
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(4, ranges()), net.jqwik.api.Tuple.of(1, folds())),
                        gap,
                        horizon)
                .as((request, distance, time) -> new Asked(
                        new SplitsRequest(
                                request.train(), request.validation(), request.test(), request.folds(), distance),
                        time));
    }

    /** Mostly in order, so that many of them are taken. */
    private static Arbitrary<SplitsRequest> ranges() {
        var bound = Arbitraries.integers().between(0, HOURS);
        return Combinators.combine(
                        bound.list().ofSize(6),
                        Arbitraries.of(true, false).list().ofSize(8),
                        Arbitraries.of(true, true, false))
                .as((hours, given, ordered) -> {
                    var bounds = new ArrayList<>(hours);
                    if (ordered) {
                        bounds.sort(null);
                    }
                    return new SplitsRequest(
                            range(bounds, 0, given.get(0), true),
                            given.get(1) ? range(bounds, 2, given.get(2), given.get(3) || given.get(4)) : null,
                            given.get(4) || !given.get(1) ? range(bounds, 4, given.get(5), given.get(6)) : null,
                            null,
                            null);
                });
    }

    private static SplitsRequest.Range range(List<Integer> bounds, int at, boolean from, boolean until) {
        return new SplitsRequest.Range(
                from ? Timestamps.format(hour(bounds.get(at))) : null,
                until ? Timestamps.format(hour(bounds.get(at + 1))) : null);
    }

    private static Arbitrary<SplitsRequest> folds() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 20),
                        Arbitraries.integers().between(0, HOURS),
                        Arbitraries.integers().between(1, 12))
                .as((count, first, length) -> new SplitsRequest(
                        null,
                        null,
                        null,
                        new SplitsRequest.Folds(count, Timestamps.format(hour(first)), length + "h"),
                        null));
    }
}
