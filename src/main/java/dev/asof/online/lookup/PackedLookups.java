package dev.asof.online.lookup;

import dev.asof.online.LookupRequest;
import dev.asof.online.Lookups;
import dev.asof.online.OnlineProperties;
import dev.asof.online.row.Scratch;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Answers lookups: resolves what is asked for, reads it in one round trip, judges it at the time of the clock. */
@Service
final class PackedLookups implements Lookups {

    /** A violation: a key or value is sent in common and in a row. */
    static final String ALSO_IN_COMMON = "also_in_common";

    private static final String AMBIGUOUS_COLUMN = "ambiguous_column";

    private final Registry registry;
    private final OnlineRows rows;
    private final OnDemandFeatures onDemand;
    private final LookupMetrics metrics;
    private final Clock clock;
    private final int maxRows;
    private volatile @Nullable LookupTemplates templates;

    PackedLookups(
            Registry registry,
            OnlineRows rows,
            OnDemandFeatures onDemand,
            LookupMetrics metrics,
            Clock clock,
            OnlineProperties properties) {
        this.registry = registry;
        this.rows = rows;
        this.onDemand = onDemand;
        this.metrics = metrics;
        this.clock = clock;
        this.maxRows = properties.maxRows();
    }

    @Override
    public PackedAnswer look(LookupRequest request) {
        long start = System.nanoTime();
        var answer = lookUp(request);
        metrics.answered(answer, System.nanoTime() - start);
        return answer;
    }

    @Override
    public PackedAnswer look(FeatureSelection features, Map<String, @Nullable Object> row) {
        var request =
                new LookupRequest(Optional.empty(), List.of(), Optional.of(List.of(row)), Optional.empty(), false);
        return lookUp(request, new LookupTemplate(features));
    }

    private PackedAnswer lookUp(LookupRequest request) {
        checkSize(request);
        return lookUp(request, template(request));
    }

    private PackedAnswer lookUp(LookupRequest request, LookupTemplate template) {
        if (request.shortNames()) {
            checkShortNames(template.columns());
        }
        var plan = LookupPlanner.plan(template, request);
        var asOf = Timestamps.truncated(clock.instant());
        var read = rows.read(plan.reads(), asOf);
        var outcomes = outcomes(plan, read.packed(), asOf);
        var computed = onDemand.compute(plan, outcomes, asOf);
        return PackedAnswer.of(plan, outcomes, computed, asOf, read.degraded(), request.shortNames());
    }

    /** All that a lookup knows of the registry comes from the one snapshot that its template was made from. */
    private LookupTemplate template(LookupRequest request) {
        var snapshot = registry.current();
        var known = templates;
        if (known == null || known.snapshot() != snapshot) {
            known = new LookupTemplates(snapshot);
            templates = known;
        }
        return known.template(request);
    }

    private static RowOutcome[] outcomes(LookupPlan plan, List<byte @Nullable []> packed, Instant asOf) {
        long at = Timestamps.toMicros(asOf);
        var scratch = new Scratch();
        var outcomes = new RowOutcome[packed.size()];
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = plan.template().reader(plan.viewOfRead()[i]).read(packed.get(i), at, scratch);
        }
        return outcomes;
    }

    private void checkSize(LookupRequest request) {
        int asked = request.entities().map(List::size).orElse(0);
        if (asked > maxRows) {
            throw new AsofException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    String.format(
                            Locale.ROOT,
                            "A lookup has at most %,d entity rows, this one %,d; send it in parts",
                            maxRows,
                            asked));
        }
    }

    /** What a lookup is refused with: a request that says two things at once is graver than a key that is missing. */
    static ErrorCode codeOf(Set<String> violations) {
        if (violations.contains(ALSO_IN_COMMON)
                || violations.contains(AMBIGUOUS_COLUMN)
                || violations.contains(ValueConversionException.NON_FINITE)) {
            return ErrorCode.MALFORMED_REQUEST;
        }
        if (violations.contains(ErrorCode.MISSING_KEY.code())) {
            return ErrorCode.MISSING_KEY;
        }
        return violations.contains(ErrorCode.MISSING_REQUEST_VALUE.code())
                ? ErrorCode.MISSING_REQUEST_VALUE
                : ErrorCode.INVALID;
    }

    private static void checkShortNames(List<AnsweredColumn> columns) {
        var problems = new Violations();
        var seen = new HashSet<String>();
        for (var column : columns) {
            if (!seen.add(column.feature())) {
                problems.add(Violation.of(
                        "column_names",
                        AMBIGUOUS_COLUMN,
                        "Two columns are called '%s', one of them %s; ask for full names"
                                .formatted(column.feature(), column.name())));
            }
        }
        problems.throwIfAny(PackedLookups::codeOf);
    }
}
