package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.RegisteredViews;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Violations;
import dev.asof.transform.ExpressionCompiler;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Decides what a feature view changes: another meaning than that of every live version is the next version. */
final class ViewPlanner {

    private final PlanDraft draft;
    private final Instant now;

    /** @param now when new versions are registered */
    ViewPlanner(PlanDraft draft, Instant now) {
        this.draft = draft;
        this.now = now;
    }

    void plan(FeatureViewDefinition view, Violations.Part violations) {
        if (!draft.catalog().liveOnDemandVersions(view.name()).isEmpty()) {
            violations.add(
                    "name",
                    "name_taken",
                    "There is an on-demand feature view named '%s': references would mean both, so name this one otherwise"
                            .formatted(view.name()),
                    List.of());
            draft.views().broken(view.name());
            return;
        }
        var resolved =
                ViewResolver.resolve(view, draft::entity, draft::source, draft.entityNames(), draft.sourceNames());
        if (!resolved.problems().isEmpty()) {
            var own = resolved.problems().stream()
                    .filter(problem -> !comesFromBroken(view, problem))
                    .toList();
            PlanDraft.report(own, violations);
            draft.views().broken(view.name());
            return;
        }
        var live = draft.catalog().liveVersions(view.name());
        var same = live.reversed().values().stream()
                .filter(version -> compare(version, view, resolved) instanceof Change.Same)
                .findFirst();
        if (same.isPresent()) {
            var stored = draft.catalog()
                    .get(
                            DefinitionKind.FEATURE_VIEW,
                            view.id(),
                            same.get().version().version());
            var note = ViewNotes.ofKept(same.get(), draft.catalog().currentView(view.name()), live);
            draft.keep(stored, view, Action.METADATA_UPDATED, note);
            return;
        }
        add(view, resolved);
    }

    /**
     * Plans the views that the bundle doesn't name and whose meaning it changes all the same: those whose aggregates count
     * another number of rows once their source says what tells rows apart.
     */
    void planUnnamed() {
        draft.catalog().liveViews().stream()
                .filter(view -> draft.rowIdDeclared().contains(view.source()))
                .map(view -> view.version().view())
                .distinct()
                .filter(name -> !draft.names(DefinitionKind.FEATURE_VIEW, name.value()))
                .sorted(Comparator.comparing(FeatureViewName::value))
                .flatMap(name -> draft.views().bare(name).stream())
                .filter(RegisteredView::hasAggregates)
                .toList()
                .forEach(view -> plan(
                        view.definition(), draft.violationsOf(view.version().view())));
    }

    private void add(FeatureViewDefinition view, ResolvedView resolved) {
        String hash = Meaning.hash(view, resolved, draft.source(view.source()).orElseThrow());
        var before = draft.catalog().currentView(view.name()).or(() -> newestLive(view));
        var change = before.map(version -> compare(version, view, resolved)).orElse(new Change.Compatible(List.of()));
        var facts = new RegisteredViews.Facts(
                0, draft.nextVersion(view), VersionState.CANDIDATE, hash, change instanceof Change.Breaking, now);
        var registered = RegisteredViews.of(view, resolved, facts);
        draft.views().add(registered);
        draft.affect(view.source());
        var sizes = registered.aggregates().map(aggregates -> "; " + new KeySizes(aggregates).words());
        var note = Optional.of(ViewNotes.ofAdded(registered) + sizes.orElse(""));
        draft.addVersion(view, change, VersionState.CANDIDATE, note, new Step.AddView(view, hash, resolved));
    }

    private static Change compare(RegisteredView before, FeatureViewDefinition view, ResolvedView resolved) {
        return Compatibility.compare(before, view, resolved, ExpressionCompiler.EVALUATOR_VERSION);
    }

    private Optional<RegisteredView> newestLive(FeatureViewDefinition view) {
        return draft.catalog().liveVersions(view.name()).reversed().values().stream()
                .findFirst();
    }

    /** An entity or source that could not be read is reported once, not by everything that refers to it. */
    private boolean comesFromBroken(FeatureViewDefinition view, Problem problem) {
        var bundle = draft.bundle();
        boolean brokenSource =
                bundle.isBroken(DefinitionKind.SOURCE, view.source().value());
        boolean brokenEntity = view.entities().stream()
                .anyMatch(entity ->
                        bundle.isBroken(DefinitionKind.ENTITY, entity.entity().value()));
        return brokenSource && problem.code().equals("unknown_source")
                || brokenEntity && problem.code().equals("unknown_entity");
    }
}
