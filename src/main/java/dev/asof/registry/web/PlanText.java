package dev.asof.registry.web;

import dev.asof.registry.VersionState;
import dev.asof.registry.planning.Plan;
import java.util.Locale;

/** A plan for people to read. */
public final class PlanText {

    private PlanText() {}

    public static String of(Plan plan, boolean dryRun) {
        var text = new StringBuilder(dryRun ? "Dry run, nothing was changed: " : "Applied: ")
                .append(plan.summary())
                .append('\n');
        var shown = plan.shown();
        for (var change : shown) {
            text.append('\n').append(line(change));
            change.reasons().forEach(reason -> text.append("\n      - ").append(reason));
            change.note().ifPresent(note -> text.append("\n      ").append(note));
        }
        if (shown.size() < plan.changes().size()) {
            text.append("\n  and %s more".formatted(plan.changes().size() - shown.size()));
        }
        return text.append('\n').toString();
    }

    private static String line(Plan.Change change) {
        return "%s %s %s: %s%s"
                .formatted(
                        sign(change.action()),
                        change.kind().label(),
                        name(change),
                        change.action().label(),
                        effect(change));
    }

    private static char sign(Plan.Action action) {
        return switch (action) {
            case CREATED -> '+';
            case UNCHANGED -> '=';
            case METADATA_UPDATED, CONTRACT_UPDATED, NEW_VERSION -> '~';
            case DELETED -> '-';
        };
    }

    private static String name(Plan.Change change) {
        return switch (change.kind()) {
            case ENTITY, SOURCE -> change.name();
            case FEATURE_VIEW, ON_DEMAND_FEATURE_VIEW, FEATURE_SERVICE ->
                change.action() == Plan.Action.DELETED ? change.name() : change.name() + "@v" + change.version();
        };
    }

    private static String effect(Plan.Change change) {
        if (change.action() != Plan.Action.NEW_VERSION) {
            return change.state()
                    .filter(state -> state == VersionState.CANDIDATE)
                    .map(_ -> " (candidate)")
                    .orElse("");
        }
        return change.effect()
                .map(effect -> " (" + effect.name().toLowerCase(Locale.ROOT)
                        + change.state()
                                .map(state -> ", " + state.name().toLowerCase(Locale.ROOT))
                                .orElse("")
                        + ")")
                .orElse("");
    }
}
