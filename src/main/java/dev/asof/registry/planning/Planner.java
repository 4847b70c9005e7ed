package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.shared.AsofException;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Violations;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides what applying a bundle changes, by a planner for each kind. Reads and writes nothing. */
public final class Planner {

    private record Planners(
            EntityPlanner entities, SourcePlanner sources, ViewPlanner views, ServicePlanner services) {}

    private Planner() {}

    /**
     * @param prune whether everything the bundle doesn't name is deleted
     * @param now when new versions are registered
     * @throws AsofException with every violation of the bundle
     */
    public static Plan plan(Catalog catalog, ParsedBundle bundle, boolean prune, Instant now) {
        bundle.requireReadable(catalog);
        var draft = new PlanDraft(catalog, bundle);
        planDefinitions(draft, now);
        if (prune) {
            catalog.unreadable().requireAllReadable("Deleting what the bundle doesn't name");
            new DeletionPlanner(draft).planUnnamed();
        }
        return draft.finish();
    }

    /** What refers to others comes after them. */
    private static void planDefinitions(PlanDraft draft, Instant now) {
        var planners = new Planners(
                new EntityPlanner(draft),
                new SourcePlanner(draft),
                new ViewPlanner(draft, now),
                new ServicePlanner(draft));
        var inOrder = draft.bundle().definitions().stream()
                .sorted(Comparator.comparing(parsed -> parsed.definition().kind()))
                .toList();
        var stored = inOrder.stream().filter(parsed -> isBefore(DefinitionKind.ON_DEMAND_FEATURE_VIEW, parsed));
        stored.forEach(parsed -> plan(parsed, draft, planners));
        planners.views().planUnnamed();
        var onDemand = inOrder.stream()
                .filter(parsed -> parsed.definition() instanceof OnDemandViewDefinition)
                .toList();
        new OnDemandPlanner(draft, now).plan(onDemand);
        inOrder.stream()
                .filter(parsed -> !isBefore(DefinitionKind.FEATURE_SERVICE, parsed))
                .forEach(parsed -> plan(parsed, draft, planners));
        new LaggingViews(draft).tell();
    }

    private static boolean isBefore(DefinitionKind kind, ParsedDefinition parsed) {
        return parsed.definition().kind().compareTo(kind) < 0;
    }

    private static void plan(ParsedDefinition parsed, PlanDraft draft, Planners planners) {
        HeavyWork.goOn();
        var violations = draft.violationsOf(parsed);
        switch (parsed.definition()) {
            case EntityDefinition entity -> planners.entities().plan(entity, violations);
            case SourceDefinition source -> planners.sources().plan(source, violations);
            case FeatureViewDefinition view -> planners.views().plan(view, violations);
            case OnDemandViewDefinition _ -> throw new IllegalStateException("They are planned together");
            case FeatureServiceDefinition service -> planners.services().plan(service, violations);
        }
    }

    /** @throws AsofException NOT_FOUND, or IN_USE with every dependent */
    public static Plan planDeletion(Catalog catalog, DefinitionKind kind, String name) {
        catalog.get(kind, name);
        catalog.unreadable().requireAllReadable("Deleting %s %s".formatted(kind.label(), name));
        var draft = new PlanDraft(catalog, new ParsedBundle(List.of(), List.of(), new Violations()));
        new DeletionPlanner(draft).plan(Map.of(kind, Set.of(name)));
        return draft.finish();
    }
}
