package dev.asof.materialization;

import dev.asof.jobs.JobRun;
import dev.asof.online.NodeMark;
import dev.asof.online.OnlineNode;
import dev.asof.online.OnlineNodes;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.ViewVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Repair (anti-entropy): brings Redis processes up to date that lack rows (rule O3): takes them into service, has
 * brought online what they may lack, and marks them as complete when they have it. Processes that are complete get
 * checkpoints, from which a copy of their data needs no more than what came later. Any number of servers may do this at
 * once; {@code docs/decisions/0007} shows why nothing is missed.
 */
@Component
class OnlineHealing {

    private static final Logger LOG = LoggerFactory.getLogger(OnlineHealing.class);

    private final OnlineService service;
    private final OnlineNodes nodes;
    private final OnlineStore online;
    private final OnlineCatchUp catchUp;
    private final MaterializationJobs jobs;
    private final Registry registry;
    private final TransactionTemplate transaction;

    OnlineHealing(
            OnlineService service,
            OnlineNodes nodes,
            OnlineStore online,
            OnlineCatchUp catchUp,
            MaterializationJobs jobs,
            Registry registry,
            PlatformTransactionManager transactions) {
        this.service = service;
        this.nodes = nodes;
        this.online = online;
        this.catchUp = catchUp;
        this.jobs = jobs;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
    }

    /**
     * Does what can be done now; does nothing while Redis is away.
     *
     * @param schedule has a job run once the current transaction has committed
     */
    void run(Consumer<JobRun> schedule) {
        try {
            if (!allInService(service.read(), nodes.inspect())) {
                transaction.executeWithoutResult(_ -> adopt(schedule));
            }
            var current = service.read();
            var found = nodes.inspect();
            nodes.inService(current.store(), current.generation(), current.tokens());
            if (!allInService(current, found)) {
                return;
            }
            if (marks(found).allMatch(NodeMark::complete)) {
                leaveCheckpoints(current, found);
            } else {
                heal(found, schedule);
            }
        } catch (AsofException e) {
            LOG.debug("The online store can't be checked now: {}", e.getMessage());
        }
    }

    private static Stream<NodeMark> marks(List<OnlineNode> found) {
        return found.stream().flatMap(node -> node.ownMark().stream());
    }

    private static boolean allInService(OnlineService.Current current, List<OnlineNode> found) {
        return found.stream().allMatch(node -> isInService(current, node));
    }

    private static boolean isInService(OnlineService.Current current, OnlineNode node) {
        return node.ownMark().filter(current::includes).isPresent()
                && Checkpoint.of(node).filter(its -> its.isAhead(current)).isEmpty();
    }

    /**
     * The marks are set before the commit. If that fails, Postgres knows nothing of them, and they count for nothing.
     */
    private void adopt(Consumer<JobRun> schedule) {
        var current = service.lock();
        if (registry.current().revision() < current.revision()
                || !registry.current().isWhole()) {
            return;
        }
        var found = nodes.inspect();
        long generation = current.generation() + 1;
        Set<String> tokens = new HashSet<>();
        Map<OnlineNode, NodeMark> newcomers = new LinkedHashMap<>();
        for (OnlineNode node : found) {
            if (isInService(current, node)) {
                node.ownMark().map(NodeMark::token).ifPresent(tokens::add);
            } else {
                var mark = new NodeMark(false, generation, current.store(), node.runId(), node.replicationId());
                newcomers.put(node, mark);
                tokens.add(mark.token());
            }
        }
        if (newcomers.isEmpty()) {
            return;
        }
        service.adopt(generation, tokens);
        OptionalLong since = since(current, newcomers.keySet());
        if (since.isPresent()) {
            replay(since.getAsLong(), generation, schedule);
        } else {
            rebuild(current, newcomers.keySet(), generation, schedule);
        }
        newcomers.forEach((node, mark) -> nodes.markHealing(node, mark, since.isEmpty()));
    }

    /** The checkpoint from which all of some processes can be brought up to date; empty when one has none of ours. */
    private static OptionalLong since(OnlineService.Current current, Set<OnlineNode> newcomers) {
        List<Checkpoint> checkpoints = newcomers.stream()
                .flatMap(node -> Checkpoint.of(node).stream())
                .filter(checkpoint -> checkpoint.store().equals(current.store()) && !checkpoint.isAhead(current))
                .toList();
        return checkpoints.size() < newcomers.size()
                ? OptionalLong.empty()
                : checkpoints.stream().mapToLong(Checkpoint::transaction).min();
    }

    private void replay(long since, long generation, Consumer<JobRun> schedule) {
        int batches = service.oweAgain(since);
        service.dueNow();
        Set<ViewVersion> broughtSince = Set.copyOf(jobs.doneSince(since));
        List<ViewVersion> again = registry.current().liveViews().stream()
                .map(RegisteredView::version)
                .filter(broughtSince::contains)
                .toList();
        LOG.info("Redis is another one: {} batches and {} versions are brought online again", batches, again.size());
        again.forEach(version -> schedule.accept(jobs.createNeeded(version, generation)));
    }

    private void rebuild(
            OnlineService.Current current, Set<OnlineNode> newcomers, long generation, Consumer<JobRun> schedule) {
        List<RegisteredView> views = registry.current().liveViews();
        if (newcomers.stream().anyMatch(node -> holdsOtherRows(current, node))) {
            LOG.warn("Redis held rows that the offline store does not have: they are removed");
            views.forEach(view -> online.clear(view.id()));
        }
        LOG.info("Redis is empty, or unknown: {} versions are brought online again", views.size());
        jobs.forgetNeeded();
        service.dueNow();
        views.forEach(view -> schedule.accept(jobs.createNeeded(view.version(), generation)));
    }

    /** Of another offline store, or of this one before it was restored from a backup. */
    private static boolean holdsOtherRows(OnlineService.Current current, OnlineNode node) {
        return node.mark().filter(mark -> !mark.store().equals(current.store())).isPresent()
                || Checkpoint.of(node)
                        .filter(checkpoint -> checkpoint.isAhead(current))
                        .isPresent();
    }

    private void heal(List<OnlineNode> found, Consumer<JobRun> schedule) {
        if (!registry.current().isWhole()) {
            // what is complete is not known here: a newer server has versions that this one can't read
            return;
        }
        Set<ViewVersion> live = registry.current().liveViews().stream()
                .map(RegisteredView::version)
                .collect(Collectors.toSet());
        List<MaterializationJob> needed = new ArrayList<>(jobs.needed());
        needed.removeIf(job -> !live.contains(job.version()));
        needed.stream()
                .map(job -> transaction.execute(_ -> {
                    Optional<JobRun> resumed = jobs.table().resume(job.id());
                    resumed.ifPresent(schedule);
                    return resumed;
                }))
                .forEach(resumed -> LOG.debug("Goes on: {}", resumed));
        catchUp.run();
        if (needed.isEmpty() && service.isPaid()) {
            found.forEach(node ->
                    node.ownMark().filter(mark -> !mark.complete()).ifPresent(mark -> nodes.markComplete(node, mark)));
        }
    }

    private void leaveCheckpoints(OnlineService.Current current, List<OnlineNode> found) {
        var checkpoint = new Checkpoint(current.store(), service.checkpoint());
        for (OnlineNode node : found) {
            if (!node.checkpoint().equals(Optional.of(checkpoint.text()))) {
                node.ownMark().ifPresent(mark -> nodes.checkpoint(node, mark, checkpoint.text()));
            }
        }
    }

    /**
     * What a process's data says of the rows in it.
     *
     * @param transaction everything of earlier transactions is there
     */
    private record Checkpoint(String store, long transaction) {

        static Optional<Checkpoint> of(OnlineNode node) {
            return node.checkpoint()
                    .map(text -> text.split(" "))
                    .filter(parts -> parts.length == 2)
                    .flatMap(parts -> {
                        try {
                            return Optional.of(new Checkpoint(parts[0], Long.parseLong(parts[1])));
                        } catch (NumberFormatException e) {
                            return Optional.empty();
                        }
                    });
        }

        String text() {
            return store + " " + transaction;
        }

        /** Whether Postgres has forgotten transactions since: it was restored from a backup. */
        boolean isAhead(OnlineService.Current current) {
            return store.equals(current.store()) && transaction > current.nextTransaction();
        }
    }
}
