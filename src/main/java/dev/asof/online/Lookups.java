package dev.asof.online;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Service;

/** Answers lookups: resolves what is asked for, reads it in one round trip, judges it at the time of the clock. */
@Service
final class Lookups {

    private final Registry registry;
    private final OnlineRows rows;
    private final LookupMetrics metrics;
    private final Clock clock;
    private final int maxRows;

    Lookups(Registry registry, OnlineRows rows, LookupMetrics metrics, Clock clock, OnlineProperties properties) {
        this.registry = registry;
        this.rows = rows;
        this.metrics = metrics;
        this.clock = clock;
        this.maxRows = properties.maxRows();
    }

    LookupAnswer answer(LookupRequest request) {
        long start = System.nanoTime();
        var answer = lookUp(request);
        metrics.answered(answer, System.nanoTime() - start);
        return answer;
    }

    private LookupAnswer lookUp(LookupRequest request) {
        checkSize(request);
        var snapshot = registry.current();
        var selection = request.featureService()
                .map(snapshot::service)
                .orElseGet(() -> snapshot.features(request.features()));
        if (request.form().shortNames()) {
            checkShortNames(selection);
        }
        var plan = LookupPlanner.plan(selection, request);
        var asOf = Timestamps.truncated(clock.instant());
        return new LookupAnswer(plan, outcomes(plan, asOf), asOf, false, request.form());
    }

    private List<RowOutcome> outcomes(LookupPlan plan, Instant asOf) {
        var wanted = wantedFeatures(plan.selection());
        var packed = rows.read(plan.reads());
        var outcomes = new ArrayList<RowOutcome>(packed.size());
        for (int i = 0; i < packed.size(); i++) {
            var view = plan.reads().get(i).view();
            var features = wanted.getOrDefault(view.id(), new BitSet());
            outcomes.add(RowOutcome.of(view, packed.get(i), asOf, features::get));
        }
        return outcomes;
    }

    private static Map<Long, BitSet> wantedFeatures(FeatureSelection selection) {
        var wanted = new HashMap<Long, BitSet>();
        for (var column : selection.columns()) {
            long view = selection.views().get(column.viewIndex()).view().id();
            wanted.computeIfAbsent(view, id -> new BitSet()).set(column.featureIndex());
        }
        return wanted;
    }

    private void checkSize(LookupRequest request) {
        int asked = request.entities().map(List::size).orElse(0);
        if (asked > maxRows) {
            throw new AsofException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "A lookup has at most %,d entity rows, this one %,d; send it in parts".formatted(maxRows, asked));
        }
    }

    private static void checkShortNames(FeatureSelection selection) {
        var problems = new LookupProblems();
        var seen = new HashSet<String>();
        for (var column : selection.columns()) {
            if (!seen.add(column.feature())) {
                problems.malformed(Violation.of(
                        "column_names",
                        "ambiguous_column",
                        "Two columns are called '%s', one of them %s; ask for full names"
                                .formatted(column.feature(), column.name())));
            }
        }
        problems.throwIfAny();
    }
}
