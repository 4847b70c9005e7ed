package dev.asof.registry.planning;

import dev.asof.registry.EntityDefinition;
import dev.asof.registry.catalog.Dependents;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.Violations;
import java.util.List;
import java.util.Optional;

/** Decides what an entity changes: its keys, as long as no view has them. */
final class EntityPlanner {

    private final PlanDraft draft;

    EntityPlanner(PlanDraft draft) {
        this.draft = draft;
    }

    void plan(EntityDefinition entity, Violations.Part violations) {
        draft.define(entity);
        String hash = Meaning.hash(entity);
        var before = draft.current(entity);
        if (before.isEmpty()) {
            draft.replace(entity, Action.CREATED, List.of(), new Step.AddEntity(entity, hash));
            return;
        }
        if (before.get().hash().equals(hash)) {
            draft.keep(before.get(), entity, Action.METADATA_UPDATED, Optional.empty());
            return;
        }
        refuseIfUsed(entity, violations);
        var reasons = Compatibility.compare((EntityDefinition) before.get().definition(), entity)
                .reasons();
        draft.replace(entity, Action.NEW_VERSION, reasons, new Step.AddEntity(entity, hash));
    }

    private void refuseIfUsed(EntityDefinition entity, Violations.Part violations) {
        draft.catalog().unreadable().requireAllReadable("Changing the keys of entity " + entity.id());
        Dependents.viewsOf(draft.catalog(), entity.name())
                .forEach(user -> violations.add(
                        "keys",
                        PlanDraft.IN_USE,
                        ("The keys of entity '%s' can't change while %s uses them; define a new entity, or retire that"
                                        + " version")
                                .formatted(entity.name(), user)));
    }
}
