package dev.asof.registry;

import dev.asof.shared.SourceName;
import java.util.List;
import java.util.Optional;

/**
 * What happens to definitions, published inside the transaction that does it: a listener that throws undoes it, and
 * what a listener writes to Postgres commits with it. The source's row is locked against batches meanwhile.
 */
public sealed interface RegistryEvents {

    /** A source was created: it needs a log. */
    record SourceCreated(RegisteredSource source) implements RegistryEvents {}

    /** Columns were added at the end of a source. */
    record SourceColumnsAdded(RegisteredSource source, List<SourceColumn> added) implements RegistryEvents {
        public SourceColumnsAdded {
            added = List.copyOf(added);
        }
    }

    /** A source means the same, but is described anew or has another contract. */
    record SourceRewritten(RegisteredSource source) implements RegistryEvents {}

    /** A source is gone, and no view depends on it. */
    record SourceDeleted(SourceName source) implements RegistryEvents {}

    /**
     * A new version of a view, a candidate: it needs its table, and its backfill if the source has rows. Whoever
     * finds nothing to backfill calls {@link Registry#markReady}.
     */
    record ViewVersionRegistered(RegisteredView view) implements RegistryEvents {}

    /**
     * A version of a view means the same, but is described anew.
     *
     * @param isCurrent whether it is what the view's bare name means
     */
    record ViewVersionRewritten(RegisteredView view, boolean isCurrent) implements RegistryEvents {}

    /** Another version is now what the view's bare name means; empty when none is any more. */
    record CurrentViewChanged(dev.asof.shared.FeatureViewName view, Optional<RegisteredView> current)
            implements RegistryEvents {}

    /** A version is retired: nothing feeds or reads it any more, and its table and functions can go. */
    record ViewVersionRetired(RegisteredView view) implements RegistryEvents {}
}
