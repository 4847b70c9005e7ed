package dev.asof.registry.planning;

import dev.asof.registry.OnDemandTrial;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.RegisteredOnDemandViews;
import dev.asof.registry.catalog.RegisteredViews;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Instant;
import java.util.List;

/** Resolves on-demand feature views that are tried and not registered. */
public final class TrialPlanner {

    /** What a view is called while it is tried. */
    public static final String NAME = "trial";

    private static final String ROOT = "on_demand_feature_views." + NAME;

    private TrialPlanner() {}

    /** @throws AsofException with every violation, by paths within the definition */
    public static OnDemandTrial plan(Catalog catalog, ParsedBundle bundle) {
        refuse(bundle.violations());
        var parsed = bundle.definitions().getFirst();
        var view = (OnDemandViewDefinition) parsed.definition();
        var violations = new Violations();
        var resolved = OnDemandResolver.resolveUnnamed(view, catalog.currentVersions());
        PlanDraft.report(resolved.problems(), violations.part(ROOT));
        resolved.selection().views().stream()
                .map(selected -> selected.view())
                .filter(read -> read.state() != VersionState.READY)
                .forEach(read -> violations
                        .part(ROOT)
                        .add(
                                "inputs",
                                "not_ready",
                                read.version() + " is a candidate: its backfill is not done",
                                List.of()));
        refuse(violations);
        var facts = new RegisteredViews.Facts(0, 1, VersionState.READY, "", false, Instant.EPOCH);
        return new OnDemandTrial(
                RegisteredOnDemandViews.of(view, resolved.inputs(), resolved.features(), facts), resolved.selection());
    }

    private static void refuse(Violations found) {
        if (!found.isEmpty()) {
            boolean unreadable = found.codes().contains(ParsedBundle.SYNTAX);
            throw new AsofException(
                    unreadable ? ErrorCode.MALFORMED_REQUEST : ErrorCode.INVALID,
                    found.shown().getFirst().message(),
                    found.shown().stream().map(TrialPlanner::within).toList());
        }
    }

    /** Where it stands within the definition, which has no lines for whoever sent its parts. */
    private static Violation within(Violation violation) {
        String path = violation.path();
        return Violation.of(
                path != null && path.startsWith(ROOT + ".") ? path.substring(ROOT.length() + 1) : path,
                violation.code(),
                violation.message(),
                violation.suggestions());
    }
}
