package dev.asof.registry;

import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.util.List;
import java.util.Optional;

/**
 * Everything defined at one moment, immutable and in memory. Two snapshots with the same revision are equal in
 * meaning.
 */
public interface RegistrySnapshot {

    long revision();

    /**
     * Whether this server may take rows and work of a source: it can compute every live version of every view of it.
     * Else a newer server has registered one, to which the rows would be lost.
     */
    boolean canTake(SourceName source);

    /** @throws dev.asof.shared.AsofException NEWER_SERVER_NEEDED, with the reason, unless {@link #canTake} */
    void requireTakes(SourceName source);

    /** Whether a view version, live or not or unknown, is none that this server has to leave to newer ones. */
    boolean canCompute(ViewVersion version);

    /** Whether this server can read everything that is in force. */
    boolean isWhole();

    /** @throws dev.asof.shared.AsofException with NOT_FOUND and near misses, or NEWER_SERVER_NEEDED */
    RegisteredSource source(SourceName name);

    List<RegisteredSource> sources();

    /** Every live version of every view of a source, oldest first: what an accepted row feeds. */
    List<RegisteredView> liveViews(SourceName source);

    /** Every version of every view that is not retired. */
    List<RegisteredView> liveViews();

    /** Every version of every on-demand feature view that is not retired. */
    List<RegisteredOnDemandView> liveOnDemandViews();

    /** @throws dev.asof.shared.AsofException with NOT_FOUND and near misses, or NEWER_SERVER_NEEDED */
    RegisteredView view(ViewVersion version);

    /** @throws dev.asof.shared.AsofException with NOT_FOUND and near misses, or NEWER_SERVER_NEEDED */
    RegisteredOnDemandView onDemandView(ViewVersion version);

    /** The version that {@code view:feature} means; empty before any is ready. */
    Optional<RegisteredView> currentView(FeatureViewName name);

    /**
     * The features of a service.
     *
     * @param reference {@code name} for its newest version that is ready, or {@code name@v3}
     * @throws dev.asof.shared.AsofException NOT_FOUND with near misses, NOT_READY while a pinned version is
     *     backfilled, or NEWER_SERVER_NEEDED
     */
    FeatureSelection service(String reference);

    /**
     * Features listed one by one, as {@code view:feature}, {@code view:*} or {@code view@v2:feature}.
     *
     * @throws dev.asof.shared.AsofException INVALID or NOT_FOUND with every reference that can't be resolved, or
     *     NEWER_SERVER_NEEDED
     */
    FeatureSelection features(List<String> references);
}
