package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.CatalogCache;
import dev.asof.registry.catalog.CatalogLoader;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.RegistryLocks;
import dev.asof.shared.AsofException;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The registry: bundles in, one consistent snapshot out. */
@Service
public class RegistryService implements Registry {

    private static final String PLANNING = "Planning the change";

    private final CatalogCache cache;
    private final CatalogLoader loader;
    private final RegistryLocks locks;
    private final PlanExecutor executor;
    private final ViewLifecycle lifecycle;
    private final Clock clock;
    private final HeavyWork heavy;
    private final TransactionTemplate transaction;

    RegistryService(
            CatalogCache cache,
            CatalogLoader loader,
            RegistryLocks locks,
            PlanExecutor executor,
            ViewLifecycle lifecycle,
            Clock clock,
            PlatformTransactionManager transactions,
            HeavyWork heavy) {
        this.cache = cache;
        this.loader = loader;
        this.locks = locks;
        this.executor = executor;
        this.lifecycle = lifecycle;
        this.clock = clock;
        this.heavy = heavy;
        this.transaction = new TransactionTemplate(transactions);
    }

    @Override
    public RegistrySnapshot current() {
        return cache.current();
    }

    /** {@link #current()} with all the registry knows for itself. */
    public Catalog catalog() {
        return cache.current();
    }

    @Override
    public RegistrySnapshot shareSource(SourceName source) {
        long revision = locks.share(source)
                .orElseThrow(() -> AsofException.notFound(
                        DefinitionKind.SOURCE.label(),
                        source.value(),
                        cache.current().all(DefinitionKind.SOURCE).keySet()));
        var cached = cache.current();
        var exact = cached.revision() == revision ? cached : loader.load();
        exact.requireTakes(source);
        return exact;
    }

    @Override
    public void markReady(ViewVersion version) {
        transaction.executeWithoutResult(_ -> lifecycle.markReady(version));
    }

    /** @throws AsofException with every violation of the bundle */
    public Plan apply(ParsedBundle bundle, boolean dryRun, boolean prune) {
        return change(dryRun, catalog -> Planner.plan(catalog, bundle, prune, Timestamps.truncated(clock.instant())));
    }

    /** @throws AsofException NOT_FOUND, or IN_USE with every dependent */
    public Plan delete(DefinitionKind kind, String name, boolean dryRun) {
        return change(dryRun, catalog -> Planner.planDeletion(catalog, kind, name));
    }

    /** @throws AsofException NOT_FOUND, or NOT_READY while the version is a candidate */
    public void promote(ViewVersion version) {
        transaction.executeWithoutResult(_ -> lifecycle.promote(version));
    }

    /** @throws AsofException NOT_FOUND, or IN_USE while the version is current or pinned */
    public void retire(ViewVersion version) {
        var source = loader.load().view(version).source();
        transaction.executeWithoutResult(_ -> {
            locks.lock(Set.of(source));
            lifecycle.retire(version);
        });
    }

    /** @throws AsofException NOT_FOUND, or NOT_READY while what the version reads is not ready */
    public void promoteOnDemand(ViewVersion version) {
        transaction.executeWithoutResult(_ -> lifecycle.promoteOnDemand(version));
    }

    /** @throws AsofException NOT_FOUND, or IN_USE while the version is current or pinned */
    public void retireOnDemand(ViewVersion version) {
        transaction.executeWithoutResult(_ -> lifecycle.retireOnDemand(version));
    }

    /** @throws AsofException NOT_FOUND */
    public void retire(ServiceVersion version) {
        transaction.executeWithoutResult(_ -> lifecycle.retire(version));
    }

    private Plan change(boolean dryRun, Function<Catalog, Plan> planner) {
        var before = loader.load();
        var draft = heavy.run(PLANNING, () -> planner.apply(before));
        if (dryRun || draft.changesNothing()) {
            return draft;
        }
        var sources = new HashSet<>(draft.affectedSources());
        Optional<Plan> done = Optional.empty();
        while (done.isEmpty()) {
            done = transaction.execute(_ -> execute(planner, sources));
        }
        return done.get();
    }

    /** Empty when the registry changed meanwhile so that more sources are affected: they are locked in the next try. */
    private Optional<Plan> execute(Function<Catalog, Plan> planner, Set<SourceName> sources) {
        locks.lock(sources);
        var catalog = loader.load();
        var plan = heavy.limited(PLANNING, () -> planner.apply(catalog));
        if (!sources.containsAll(plan.affectedSources())) {
            sources.addAll(plan.affectedSources());
            return Optional.empty();
        }
        locks.bumpRevision();
        cache.refreshAfterCommit();
        executor.execute(plan, catalog, Timestamps.truncated(clock.instant()));
        if (plan.changes().stream().anyMatch(change -> change.step() instanceof Plan.Step.AddOnDemandView)) {
            lifecycle.settleOnDemandViews();
        }
        return Optional.of(plan);
    }
}
