package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.registry.catalog.RegisteredOnDemandViews;
import dev.asof.registry.catalog.RegisteredViews;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Violations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Decides what on-demand feature views change: another meaning, or other versions of what one reads, is the next version. They
 * may read each other in any order in which a bundle names them.
 */
final class OnDemandPlanner {

    private final PlanDraft draft;
    private final Instant now;
    private final Map<FeatureViewName, ParsedDefinition> waiting = new LinkedHashMap<>();

    /** @param now when new versions are registered */
    OnDemandPlanner(PlanDraft draft, Instant now) {
        this.draft = draft;
        this.now = now;
    }

    /** @param parsed all of the bundle's */
    void plan(List<ParsedDefinition> parsed) {
        parsed.forEach(each -> waiting.put(((OnDemandViewDefinition) each.definition()).name(), each));
        while (!waiting.isEmpty()) {
            plan(waiting.keySet().iterator().next(), new LinkedHashSet<>());
        }
    }

    /** @param readers that wait for it, the first one first */
    private void plan(FeatureViewName name, SequencedSet<FeatureViewName> readers) {
        var parsed = waiting.get(name);
        if (parsed == null) {
            return;
        }
        HeavyWork.goOn();
        var view = (OnDemandViewDefinition) parsed.definition();
        var violations = draft.violationsOf(parsed);
        readers.add(name);
        boolean isSound = isNameFree(view, violations);
        for (int i = 0; i < view.inputs().size() && isSound; i++) {
            var input = view.inputs().get(i).view();
            if (readers.contains(input)) {
                reportCircle("inputs[" + i + "]", input, readers, violations);
                isSound = false;
            } else {
                plan(input, readers);
            }
        }
        readers.remove(name);
        if (waiting.remove(name) != null && isSound) {
            plan(view, violations);
        }
        if (!isSound) {
            draft.views().broken(name);
        }
    }

    private boolean isNameFree(OnDemandViewDefinition view, Violations.Part violations) {
        boolean isTaken = draft.names(DefinitionKind.FEATURE_VIEW, view.id())
                || !draft.views().live(view.name()).isEmpty();
        if (isTaken) {
            violations.add(
                    "name",
                    "name_taken",
                    "There is a feature view named '%s': references would mean both, so name this one otherwise"
                            .formatted(view.name()),
                    List.of());
        }
        return !isTaken;
    }

    private void reportCircle(
            String path, FeatureViewName input, SequencedSet<FeatureViewName> readers, Violations.Part violations) {
        var circle = new ArrayList<>(readers.stream()
                .dropWhile(reader -> !reader.equals(input))
                .map(FeatureViewName::value)
                .toList());
        circle.add(input.value());
        violations.add(
                path,
                "cycle",
                "On-demand feature views read each other in a circle, %s: break it, each reads others that are there before"
                        .formatted(String.join(" → ", circle)),
                List.of());
    }

    private void plan(OnDemandViewDefinition view, Violations.Part violations) {
        var resolved = OnDemandResolver.resolve(view, draft.views(), this::isBroken);
        var held = held(view, resolved.problems());
        if (held.isPresent()) {
            stay(view, held.get(), resolved.problems().getFirst());
            return;
        }
        PlanDraft.report(resolved.problems(), violations);
        if (resolved.features().size() < view.features().size()
                || !resolved.problems().isEmpty()) {
            draft.views().broken(view.name());
            return;
        }
        String hash = Meaning.hash(view, resolved.inputs(), resolved.features());
        var live = draft.catalog().liveOnDemandVersions(view.name());
        var same = live.reversed().values().stream()
                .filter(version -> version.hash().equals(hash))
                .findFirst();
        if (same.isPresent()) {
            keep(view, same.get());
        } else {
            add(view, resolved, hash);
        }
    }

    /**
     * The current version of a view that is written as before and can't move yet: some of its inputs have moved, and others are
     * about to or wait to be promoted. Refusing it would refuse every bundle it stands in until then.
     */
    private Optional<RegisteredOnDemandView> held(OnDemandViewDefinition view, List<Problem> problems) {
        boolean isOnlyBetweenVersions = !problems.isEmpty()
                && problems.stream().allMatch(problem -> problem.code().equals(OnDemandResolver.TWO_VERSIONS));
        return isOnlyBetweenVersions
                ? draft.catalog()
                        .currentOnDemandView(view.name())
                        .filter(current -> isWrittenAlike(current.definition(), view))
                : Optional.empty();
    }

    private static boolean isWrittenAlike(OnDemandViewDefinition before, OnDemandViewDefinition after) {
        return before.inputs().equals(after.inputs())
                && before.request().equals(after.request())
                && before.features().equals(after.features());
    }

    private void stay(OnDemandViewDefinition view, RegisteredOnDemandView current, Problem why) {
        var stored =
                draft.catalog().get(view.kind(), view.id(), current.version().version());
        draft.keep(
                stored,
                view,
                Action.METADATA_UPDATED,
                Optional.of("stays with the versions that it reads. " + why.message()));
    }

    private boolean isBroken(Item input) {
        String name = input.view().value();
        return draft.views().isBroken(input.view())
                || draft.bundle().isBroken(DefinitionKind.FEATURE_VIEW, name)
                || draft.bundle().isBroken(DefinitionKind.ON_DEMAND_FEATURE_VIEW, name);
    }

    private void keep(OnDemandViewDefinition view, RegisteredOnDemandView kept) {
        var stored = draft.catalog().get(view.kind(), view.id(), kept.version().version());
        var current = draft.catalog().currentOnDemandView(view.name());
        int currentVersion = current.map(version -> version.version().version()).orElse(0);
        Optional<String> note = Optional.empty();
        if (kept.version().version() < currentVersion) {
            note = Optional.of("%s has this meaning and is live, but %s is current; to go back, promote version %s"
                    .formatted(
                            kept.version(),
                            current.orElseThrow().version(),
                            kept.version().version()));
        } else if (kept.version().version() > currentVersion && kept.breaking()) {
            note = Optional.of("waits to be promoted: it breaks readers of the current version");
        }
        draft.keep(stored, view, Action.METADATA_UPDATED, note);
    }

    private void add(OnDemandViewDefinition view, OnDemandResolver.Resolved resolved, String hash) {
        var planned = registered(view, resolved, hash, false);
        var before = draft.catalog()
                .currentOnDemandView(view.name())
                .or(() -> draft.catalog().liveOnDemandVersions(view.name()).reversed().values().stream()
                        .findFirst());
        var change = before.map(version -> OnDemandCompatibility.compare(version, planned))
                .orElse(new Change.Compatible(List.of()));
        boolean breaking = change instanceof Change.Breaking;
        draft.views().add(registered(view, resolved, hash, breaking));
        var state = planned.areInputsReady() ? VersionState.READY : VersionState.CANDIDATE;
        draft.addVersion(
                view,
                change,
                state,
                note(planned, breaking),
                new Step.AddOnDemandView(view, hash, resolved.inputs(), resolved.features(), state));
    }

    private RegisteredOnDemandView registered(
            OnDemandViewDefinition view, OnDemandResolver.Resolved resolved, String hash, boolean breaking) {
        var facts = new RegisteredViews.Facts(0, draft.nextVersion(view), VersionState.CANDIDATE, hash, breaking, now);
        return RegisteredOnDemandViews.of(view, resolved.inputs(), resolved.features(), facts);
    }

    private static Optional<String> note(RegisteredOnDemandView added, boolean breaking) {
        if (breaking) {
            return Optional.of(
                    "does not take over until it is promoted: POST /api/v1/on-demand-feature-views/%s/versions/%s/promote"
                            .formatted(added.version().view(), added.version().version()));
        }
        var waitsFor = added.views().stream()
                .filter(view -> view.state() != VersionState.READY)
                .map(RegisteredView::version)
                .map(Object::toString)
                .toList();
        return waitsFor.isEmpty()
                ? Optional.empty()
                : Optional.of("becomes current by itself when %s is ready".formatted(String.join(", ", waitsFor)));
    }
}
