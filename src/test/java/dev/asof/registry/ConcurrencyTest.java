package dev.asof.registry;

import static dev.asof.registry.RegistryTestSupport.ACTIVITY;
import static dev.asof.registry.RegistryTestSupport.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.RegistryTestSupport.Fixture;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.support.Eventually;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@RegistryTest
class ConcurrencyTest {

    private static final SourceName TRANSACTIONS = new SourceName("transactions");
    private static final String WIDER = ACTIVITY + "  - {name: card_number, column: cc_num}\n";

    private ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    @Autowired
    private Fixture fixture;

    @Autowired
    private RegistryService registry;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private PlatformTransactionManager transactions;

    @BeforeEach
    void empty() throws InterruptedException {
        executor = Executors.newVirtualThreadPerTaskExecutor();
        fixture.empty();
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @Test
    void V1_theSameBundleAppliedAtOnceCreatesOneVersion() throws Exception {
        var plans = new ArrayList<Future<Plan>>();
        for (int i = 0; i < 5; i++) {
            plans.add(executor.submit(() -> fixture.apply(ALL)));
        }

        var summaries = new ArrayList<String>();
        for (var plan : plans) {
            summaries.add(plan.get(20, TimeUnit.SECONDS).summary());
        }

        assertThat(summaries).containsOnlyOnce("4 created").contains("4 unchanged");
        assertThat(jdbc.sql("select count(*) from asof.definition_version")
                        .query(Long.class)
                        .single())
                .isEqualTo(4);
    }

    @Test
    void differentMeaningsAppliedAtOnceMakeOneVersionEach() throws Exception {
        fixture.apply(ALL);
        var plans = new ArrayList<Future<Plan>>();
        for (int i = 1; i <= 4; i++) {
            String bundle = ACTIVITY + "revision: " + (i + 1) + "\n";
            plans.add(executor.submit(() -> fixture.apply(bundle)));
        }

        for (var plan : plans) {
            plan.get(20, TimeUnit.SECONDS);
        }

        assertThat(registry.current().liveViews(TRANSACTIONS))
                .extracting(view -> view.version().version())
                .containsExactly(1, 2, 3, 4, 5);
    }

    /** Until some transaction of this database waits for another's lock. */
    private void awaitBlocked() {
        Eventually.until(() -> jdbc.sql("""
            select count(*) from pg_locks as l join pg_stat_activity as a using (pid)
            where not l.granted and a.datname = current_database()
            """).query(Long.class).single() > 0, () -> "nobody waits for a lock");
    }

    @Test
    void aRunningBatchKeepsNewVersionsOut() throws Exception {
        fixture.apply(ALL);
        var holding = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var batch = executor.submit(inTransaction(() -> {
            var before = registry.shareSource(TRANSACTIONS).liveViews(TRANSACTIONS);
            holding.countDown();
            release.await();
            assertThat(registry.shareSource(TRANSACTIONS).liveViews(TRANSACTIONS))
                    .isEqualTo(before);
            return before.size();
        }));
        holding.await();

        var applying = executor.submit(() -> fixture.apply(WIDER));
        awaitBlocked();
        assertThat(applying.isDone()).isFalse();
        release.countDown();

        assertThat(batch.get(5, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(applying.get(5, TimeUnit.SECONDS).summary()).isEqualTo("1 new version");
    }

    @Test
    void aBatchWaitsForAChangeAndSeesIt() throws Exception {
        fixture.apply(ALL);
        var changing = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        fixture.onEvents(() -> {
            changing.countDown();
            await(release);
        });
        var applying = executor.submit(() -> fixture.apply(WIDER));
        changing.await();

        var batch = executor.submit(inTransaction(
                () -> registry.shareSource(TRANSACTIONS).liveViews(TRANSACTIONS).size()));
        awaitBlocked();
        assertThat(batch.isDone()).isFalse();
        release.countDown();

        applying.get(5, TimeUnit.SECONDS);
        assertThat(batch.get(5, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void steadyBatchesDoNotStarveAChange() throws Exception {
        fixture.apply(ALL);
        var stopped = new AtomicBoolean();
        var batches = new ArrayList<Future<Integer>>();
        var running = new CountDownLatch(8);
        for (int i = 0; i < 4; i++) {
            batches.add(executor.submit(() -> {
                int count = 0;
                for (; !stopped.get(); count++) {
                    inTransaction(() -> {
                                registry.shareSource(TRANSACTIONS);
                                running.countDown();
                                Thread.sleep(40);
                                return 0;
                            })
                            .call();
                }
                return count;
            }));
        }
        running.await();

        assertThat(fixture.apply(WIDER).summary()).isEqualTo("1 new version");

        stopped.set(true);
        for (var batch : batches) {
            assertThat(batch.get(5, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void aChangeGivesUpOnABatchThatRunsTooLong() throws Exception {
        fixture.apply(ALL);
        var holding = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var batch = executor.submit(inTransaction(() -> {
            registry.shareSource(TRANSACTIONS);
            holding.countDown();
            release.await();
            return 0;
        }));
        holding.await();

        assertThatThrownBy(() -> fixture.apply(WIDER)).isInstanceOfSatisfying(AsofException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e).hasMessageContaining("'transactions'").hasMessageContaining("nothing was changed");
        });
        release.countDown();
        batch.get(5, TimeUnit.SECONDS);
        assertThat(registry.current().liveViews()).hasSize(1);
    }

    @Test
    void aVersionMarkedReadyWithinABatchDoesNotDeadlockWithAChange() throws Exception {
        fixture.apply(ALL);
        var holding = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var backfill = executor.submit(inTransaction(() -> {
            registry.shareSource(TRANSACTIONS);
            holding.countDown();
            release.await();
            fixture.ready("card_activity", 1);
            return 0;
        }));
        holding.await();
        var applying = executor.submit(() -> fixture.apply(WIDER));
        awaitBlocked();
        release.countDown();

        backfill.get(5, TimeUnit.SECONDS);
        applying.get(5, TimeUnit.SECONDS);
        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
        assertThat(registry.current().liveViews()).hasSize(2);
    }

    @Test
    void aSnapshotNeverHoldsHalfAChange() throws Exception {
        var stopped = new AtomicBoolean();
        var reader = executor.submit(() -> {
            int seen = 0;
            while (!stopped.get()) {
                var entities = registry.catalog().all(DefinitionKind.ENTITY).keySet();
                assertThat(entities.size() % 2).isZero();
                seen = Math.max(seen, entities.size());
                Thread.sleep(1);
            }
            return seen;
        });
        for (int i = 0; i < 10; i++) {
            fixture.apply(entity("a" + i), entity("b" + i));
            assertThat(registry.catalog().all(DefinitionKind.ENTITY)).hasSize(2 * (i + 1));
        }
        stopped.set(true);

        assertThat(reader.get(5, TimeUnit.SECONDS)).isPositive();
    }

    @Test
    void changesMadeThroughAnotherServerAreSeen() throws Exception {
        fixture.apply(ALL);
        jdbc.sql("update asof.definition_version set state = 'ready'").update();
        jdbc.sql("update asof.definition set current_version = 1 where kind = 'feature_view'")
                .update();
        jdbc.sql("update asof.registry_revision set revision = revision + 1").update();

        var exact = inTransaction(() -> registry.shareSource(TRANSACTIONS)).call();
        assertThat(exact.revision()).isEqualTo(fixture.revision());
        fixture.awaitRevision();

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
    }

    @Test
    void aListenerMayMarkAVersionReadyAtOnce() {
        fixture.onEvents(() -> {
            if (fixture.events().getLast() instanceof RegistryEvents.ViewVersionRegistered registered) {
                assertThat(registry.shareSource(TRANSACTIONS).liveViews(TRANSACTIONS))
                        .containsExactly(registered.view());
                registry.markReady(registered.view().version());
            }
        });

        fixture.apply(ALL);

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
        assertThat(registry.current().service("fraud_model").columns()).hasSize(2);
    }

    @Test
    void anUnknownSourceCantBeShared() {
        assertThatThrownBy(() -> inTransaction(() -> registry.shareSource(new SourceName("nothing")))
                        .call())
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    private static String entity(String name) {
        return "kind: entity\nname: %s\nkeys: [{name: id, type: INT64}]\n".formatted(name);
    }

    private <T> Callable<T> inTransaction(Callable<T> work) {
        var template = new TransactionTemplate(transactions);
        return () -> template.execute(_ -> {
            try {
                return work.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
