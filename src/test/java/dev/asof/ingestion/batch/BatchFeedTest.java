package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.ingestion.BatchFeed;
import dev.asof.ingestion.BatchFeed.AcceptedBatch;
import dev.asof.ingestion.BatchKind;
import dev.asof.offline.SettledPoint;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.support.Eventually;
import dev.asof.support.TestStores;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Accepted batches as followers are given them, while others commit in any order. */
@Timeout(120)
class BatchFeedTest {

    private static final SourceName SOURCE = new SourceName("s");
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    private final TestStores.Database database = TestStores.newDatabase();
    private final HikariDataSource dataSource = new HikariDataSource();
    private JdbcClient jdbc;
    private TransactionTemplate transaction;
    private Batches batches;
    private BatchFeed feed;
    private SettledPoint settled;

    @BeforeEach
    void migrate() {
        flyway(database, "latest").migrate();
        dataSource.setJdbcUrl(database.jdbcUrl());
        dataSource.setUsername(database.username());
        dataSource.setPassword(database.password());
        dataSource.setMaximumPoolSize(8);
        dataSource.setMinimumIdle(0);
        jdbc = JdbcClient.create(dataSource);
        transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
        batches = new Batches(dataSource);
        feed = new SettledBatchFeed(jdbc);
        settled = new SettledPoint(jdbc);
    }

    private static Flyway flyway(TestStores.Database database, String target) {
        return Flyway.configure()
                .dataSource(database.jdbcUrl(), database.username(), database.password())
                .schemas("asof")
                .locations("filesystem:db/migration")
                .target(target)
                .load();
    }

    @AfterEach
    void close() {
        dataSource.close();
    }

    private long begin(BatchKind kind) {
        return batches.begin(SOURCE, kind, AT, List.of(new BatchTally()))
                .getFirst()
                .value();
    }

    private long add() {
        return Objects.requireNonNull(transaction.execute(_ -> begin(BatchKind.PUSH)));
    }

    private List<Long> next(String follower, int limit) {
        return ids(Objects.requireNonNull(transaction.execute(_ -> feed.next(follower, limit))));
    }

    private static List<Long> ids(List<AcceptedBatch> page) {
        return page.stream().map(batch -> batch.id().value()).toList();
    }

    /** What other tests do in other databases of the cluster holds the point back. */
    private void awaitSettled(long batch) {
        Eventually.until(
                () -> {
                    settled.move();
                    return jdbc.sql("select through_id >= :batch from asof.settled_batches")
                            .param("batch", batch)
                            .query(Boolean.class)
                            .single();
                },
                () -> "not settled: " + batch);
    }

    /** A batch that has begun, in a transaction that waits to be told to commit. */
    private final class Late {
        private final CountDownLatch wanted = new CountDownLatch(1);
        private final CompletableFuture<Long> id = new CompletableFuture<>();
        private final Thread thread = Thread.ofVirtual()
                .start(() -> transaction.executeWithoutResult(_ -> {
                    id.complete(begin(BatchKind.PUSH));
                    try {
                        wanted.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }));

        private void commit() throws InterruptedException {
            wanted.countDown();
            thread.join();
        }
    }

    @Test
    void A7_whatCommitsLateIsGivenInItsPlaceAndNotPassedOver() throws InterruptedException {
        long first = add();
        awaitSettled(first);
        var late = new Late();
        long second = late.id.join();
        long third = add();
        settled.move();
        assertThat(next("f", 10)).containsExactly(first);
        assertThat(next("f", 10)).as("one before is in flight").isEmpty();
        late.commit();
        awaitSettled(third);
        assertThat(next("f", 10)).containsExactly(second, third);
        assertThat(next("f", 10)).isEmpty();
    }

    @Test
    void whatWasNeverAcceptedIsNoPlaceToStop() {
        long first = add();
        transaction.executeWithoutResult(status -> {
            begin(BatchKind.PUSH);
            status.setRollbackOnly();
        });
        long third = add();
        awaitSettled(third);
        assertThat(next("f", 10)).containsExactly(first, third);
    }

    @Test
    void aBatchSaysWhatItIs() {
        long replay = Objects.requireNonNull(transaction.execute(_ -> {
            long id = begin(BatchKind.REPLAY);
            jdbc.sql("update asof.batch set accepted = 7, quarantined = 2 where id = " + id)
                    .update();
            return id;
        }));
        long read = Objects.requireNonNull(transaction.execute(_ -> begin(BatchKind.READ)));
        long ofAnOldServer = jdbc.sql(
                        "insert into asof.batch (source, accepted_at) values ('s', timestamptz '2026-01-01Z')"
                                + " returning id")
                .query(Long.class)
                .single();
        awaitSettled(ofAnOldServer);
        List<AcceptedBatch> given = Objects.requireNonNull(transaction.execute(_ -> feed.next("f", 10)));
        assertThat(given)
                .containsExactly(
                        new AcceptedBatch(new BatchId(replay), SOURCE, Optional.of(BatchKind.REPLAY), AT, 7, 2),
                        new AcceptedBatch(new BatchId(read), SOURCE, Optional.of(BatchKind.READ), AT, 0, 0),
                        new AcceptedBatch(new BatchId(ofAnOldServer), SOURCE, Optional.empty(), AT, 0, 0));
    }

    @Test
    void aFollowerThatDiesBeforeItCommitsIsGivenTheSameAgain() {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            last = add();
        }
        awaitSettled(last);
        assertThat(next("f", 2)).containsExactly(last - 4, last - 3);
        assertThatThrownBy(() -> transaction.executeWithoutResult(_ -> {
                    assertThat(ids(feed.next("f", 2))).containsExactly(last(2), last(1));
                    throw new IllegalStateException("died");
                }))
                .hasMessage("died");
        assertThat(next("f", 2)).containsExactly(last(2), last(1));
        assertThat(next("other", 10)).as("from the beginning").hasSize(5);
        assertThat(next("f", 2)).containsExactly(last);
    }

    private long last(int before) {
        return jdbc.sql("select max(id) from asof.batch").query(Long.class).single() - before;
    }

    @Test
    void whileOneServerIsAtAFollowersWorkAnotherIsGivenNothingAndWaitsForNobody() {
        long first = add();
        long second = add();
        awaitSettled(second);
        assertThat(next("f", 1)).containsExactly(first);
        long third = add();
        awaitSettled(third);
        transaction.executeWithoutResult(_ -> {
            assertThat(ids(feed.next("f", 1))).containsExactly(second);
            var another = CompletableFuture.supplyAsync(() -> next("f", 1));
            assertThat(another.orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        });
        assertThat(next("f", 1)).containsExactly(third);
        transaction.executeWithoutResult(_ -> {
            assertThat(ids(feed.next("f", 1))).as("nothing to move to").isEmpty();
            var another = CompletableFuture.supplyAsync(() -> next("f", 1));
            assertThat(another.orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        });
    }

    @Test
    void followersArentGivenBatchesTheyCouldLoseOrTooManyAtOnce() {
        assertThatThrownBy(() -> feed.next("f", 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> next("f", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> next("f", BatchFeed.MOST + 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void olderServersTakeBatchesWhileTheMigrationWaitsForALongTransaction() throws SQLException {
        var older = TestStores.newDatabase();
        flyway(older, "16").migrate();
        try (var build = older.connect();
                var server = older.connect()) {
            build.setAutoCommit(false);
            build.createStatement().executeQuery("select id from asof.batch").close();
            server.createStatement().execute("set statement_timeout = '30s'");
            var migration =
                    CompletableFuture.supplyAsync(() -> flyway(older, "18").migrate().migrationsExecuted);
            Eventually.until(() -> isAskingForTheTable(older), () -> "The migration has not begun");
            for (int i = 0; i < 5; i++) {
                server.createStatement().execute("insert into asof.batch (source, accepted_at) values ('s', now())");
            }
            assertThat(migration).isNotDone();
            build.rollback();
            assertThat(migration.orTimeout(60, TimeUnit.SECONDS).join()).isPositive();
            server.createStatement().execute("insert into asof.batch (source, accepted_at) values ('s', now())");
        }
    }

    private static boolean isAskingForTheTable(TestStores.Database database) {
        try (var connection = database.connect();
                var result = connection
                        .createStatement()
                        .executeQuery("select exists (select from pg_locks where not granted"
                                + " and relation = 'asof.batch'::regclass)")) {
            result.next();
            return result.getBoolean(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What it does is undone every third time, as when its server dies; what it has done is kept. */
    private Runnable follower(String name, int limit, long seed, CountDownLatch done, List<Long> given) {
        return () -> {
            var random = new Random(seed);
            boolean finished = false;
            while (true) {
                boolean isLast = done.getCount() == 0;
                boolean dies = random.nextInt(3) == 0;
                var page = Objects.requireNonNull(transaction.execute(status -> {
                    var next = ids(feed.next(name, limit));
                    if (dies) {
                        status.setRollbackOnly();
                    }
                    return next;
                }));
                if (!dies) {
                    given.addAll(page);
                    if (isLast && page.isEmpty() && finished) {
                        return;
                    }
                    finished = isLast && page.isEmpty();
                }
            }
        };
    }

    @Test
    void A7_eachFollowerIsGivenEachBatchOnceInOrderWhileOthersCommitInAnyOrder() throws Exception {
        List<Long> committed = Collections.synchronizedList(new ArrayList<>());
        var one = new ArrayList<Long>();
        var two = new ArrayList<Long>();
        var done = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var followers = List.of(
                    CompletableFuture.runAsync(follower("one", 3, 11, done, one), threads),
                    CompletableFuture.runAsync(follower("two", 50, 12, done, two), threads));
            var writers = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < 5; i++) {
                var random = new Random(i);
                writers.add(CompletableFuture.runAsync(() -> write(random, committed), threads));
            }
            while (!writers.stream().allMatch(CompletableFuture::isDone)) {
                settled.move();
            }
            writers.forEach(CompletableFuture::join);
            awaitSettled(Collections.max(committed));
            done.countDown();
            followers.forEach(CompletableFuture::join);
        }
        Collections.sort(committed);
        assertThat(one).isEqualTo(committed);
        assertThat(two).isEqualTo(committed);
    }

    private void write(Random random, List<Long> committed) {
        for (int i = 0; i < 15; i++) {
            boolean fails = random.nextInt(4) == 0;
            var ids = Objects.requireNonNull(transaction.execute(status -> {
                var begun = new ArrayList<Long>();
                for (int j = random.nextInt(3); j >= 0; j--) {
                    begun.add(begin(BatchKind.PUSH));
                    jdbc.sql("select pg_sleep(:seconds)")
                            .param("seconds", random.nextInt(15) / 1_000.0)
                            .query((_, _) -> 0)
                            .list();
                }
                if (fails) {
                    status.setRollbackOnly();
                }
                return begun;
            }));
            if (!fails) {
                committed.addAll(ids);
            }
        }
    }
}
