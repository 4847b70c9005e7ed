package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.catalog.Dependents;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Decides what is deleted: what nothing else depends on, dependents first. */
final class DeletionPlanner {

    private final PlanDraft draft;

    DeletionPlanner(PlanDraft draft) {
        this.draft = draft;
    }

    /** Deletes everything that the bundle doesn't name. */
    void planUnnamed() {
        var unnamed = new EnumMap<DefinitionKind, Set<String>>(DefinitionKind.class);
        for (var kind : DefinitionKind.values()) {
            var names = new HashSet<>(draft.catalog().all(kind).keySet());
            draft.bundle().definitions().stream()
                    .filter(parsed -> parsed.definition().kind() == kind)
                    .forEach(parsed -> names.remove(parsed.definition().id()));
            names.removeIf(name -> draft.bundle().isBroken(kind, name));
            unnamed.put(kind, names);
        }
        plan(unnamed);
    }

    /** @param doomed names that there are, by kind */
    void plan(Map<DefinitionKind, Set<String>> doomed) {
        for (var kind : List.of(DefinitionKind.values()).reversed()) {
            for (String name : new TreeSet<>(doomed.getOrDefault(kind, Set.of()))) {
                Dependents.of(draft.catalog(), draft.bundle(), kind, name, doomed)
                        .forEach(dependent -> draft.report(Violation.of(
                                kind.yamlName() + "s." + name,
                                PlanDraft.IN_USE,
                                "The %s '%s' can't be deleted: %s depends on it"
                                        .formatted(kind.label(), name, dependent))));
                delete(kind, name);
            }
        }
    }

    private void delete(DefinitionKind kind, String name) {
        var stored = draft.catalog().get(kind, name);
        if (kind == DefinitionKind.SOURCE) {
            draft.affect(new SourceName(name));
        }
        stored.live().forEach(version -> {
            if (version.resolution() instanceof Resolution.View(RegisteredView view)) {
                draft.affect(view.source());
            }
        });
        draft.add(new Plan.Change(
                kind,
                name,
                Action.DELETED,
                stored.newest().version(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Step.Delete()));
    }
}
