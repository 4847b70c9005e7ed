package dev.asof.registry;

import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;

/** The registry as other modules see it. */
public interface Registry {

    /** What is defined now, at most a moment behind other servers; never touches the database. */
    RegistrySnapshot current();

    /**
     * Keeps the live versions of a source's views fixed until the current transaction ends, and returns a snapshot
     * that is exact for them: no version of a view of this source can be registered or retired meanwhile. Many
     * transactions can hold this at once.
     *
     * @throws dev.asof.shared.AsofException NOT_FOUND when there is no such source, NEWER_SERVER_NEEDED when this
     *     server can't compute a live version of its views, so that rows it took would be lost to that
     */
    RegistrySnapshot shareSource(SourceName source);

    /**
     * Says that a version is complete in both stores, in the current transaction or one of its own: it becomes ready
     * and, unless it is breaking, current. Does nothing for a version that is ready or retired.
     */
    void markReady(ViewVersion version);
}
