package dev.asof.registry.planning;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import java.util.Optional;
import java.util.SortedMap;

/** What a plan says about a view's versions beyond what changes. */
final class ViewNotes {

    private ViewNotes() {}

    static String ofAdded(RegisteredView added) {
        return added.breaking()
                ? "does not take over until it is promoted: POST /api/v1/feature-views/%s/versions/%s/promote"
                        .formatted(added.version().view(), added.version().version())
                : "becomes current by itself when its backfill is done";
    }

    /** @param kept the live version whose meaning the bundle repeats */
    static Optional<String> ofKept(
            RegisteredView kept, Optional<RegisteredView> current, SortedMap<Integer, RegisteredView> live) {
        int version = kept.version().version();
        int currentVersion = current.map(view -> view.version().version()).orElse(0);
        if (version < currentVersion) {
            return Optional.of("%s has this meaning and is live, but %s is current; to go back, promote version %s"
                    .formatted(kept.version(), current.get().version(), version));
        }
        var newer = live.tailMap(version + 1).values().stream()
                .filter(view -> view.state() == VersionState.CANDIDATE && !view.breaking())
                .findFirst();
        if (newer.isPresent()) {
            return Optional.of("%s is newer and becomes current when its backfill is done; retire it to stay with %s"
                    .formatted(newer.get().version(), kept.version()));
        }
        return kept.breaking() && version > currentVersion
                ? Optional.of("waits to be promoted: it breaks readers of the current version")
                : Optional.empty();
    }
}
