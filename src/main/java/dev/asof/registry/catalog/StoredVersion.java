package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import java.time.Instant;

/** One version of a definition as the registry holds it in memory. */
public record StoredVersion(
        long id,
        int version,
        VersionState state,
        String hash,
        boolean breaking,
        Definition definition,
        Instant createdAt,
        Resolution resolution) {

    /** What the definition meant when it was registered. */
    public sealed interface Resolution {

        /** Entities and sources mean what they say. */
        record Literal() implements Resolution {}

        record View(RegisteredView view) implements Resolution {}

        record OnDemandView(RegisteredOnDemandView view) implements Resolution {}

        record Service(FeatureSelection selection) implements Resolution {}
    }

    /**
     * The state people see: a service's version is a candidate until every view version it pins is ready.
     */
    public VersionState shownState() {
        return switch (resolution) {
            case Resolution.Literal _, Resolution.View _, Resolution.OnDemandView _ -> state;
            case Resolution.Service service ->
                state == VersionState.READY && !isReady(service.selection()) ? VersionState.CANDIDATE : state;
        };
    }

    static boolean isReady(FeatureSelection selection) {
        return selection.views().stream().allMatch(view -> view.view().state() == VersionState.READY);
    }
}
