package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.LogRow;
import dev.asof.offline.tile.StoredTiles;
import dev.asof.online.FencingTokens;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.support.AsofServerTest;
import dev.asof.support.MutableClock;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What the outputs of several views have in common. */
@AsofServerTest
class BatchMaterializationTest {

    @Autowired
    private OnlineOutbox outbox;

    @Autowired
    private SettledWork settled;

    @Autowired
    private UnpublishedBatches unpublished;

    @Autowired
    private StoredTiles tiles;

    @Autowired
    private PlatformTransactionManager transactions;

    private final List<String> closed = new ArrayList<>();

    /** Files and permits of the others would stay taken. */
    @Test
    void anOutputThatFailsToCloseLeavesNoOtherOpen() {
        var records = new BatchMaterialization.Records(outbox, settled, unpublished, tiles, Clock.systemUTC());
        List<ViewOutput.OfBatches> outputs = List.of(output("one"), output("two"), output("three"));
        var materialization =
                new BatchMaterialization(records, new SourceName("closing"), outputs, new FutureRows(Instant.EPOCH));

        assertThatThrownBy(materialization::close)
                .hasMessage("three stays open")
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("two stays open", "one stays open"));
        assertThat(closed).containsExactlyInAnyOrder("one", "two", "three");
    }

    /** However long it takes, and in whatever transaction it reads: nobody else may begin to do the same. */
    @Test
    void batchesThatAreBeingBroughtOnlineDontFallDueMeanwhile() {
        var source = new SourceName("slowly");
        var batch = new BatchId(Long.MAX_VALUE - 7);
        Instant start = Instant.parse("2200-01-01T00:00:00Z");
        var clock = MutableClock.standing(start);
        var reading = new TransactionTemplate(transactions);
        reading.setReadOnly(true);
        var due = new ArrayList<BatchId>();
        var dueLater = new ArrayList<BatchId>();
        var records = new BatchMaterialization.Records(outbox, settled, unpublished, tiles, clock);
        var slow = new Output("slow", true, goesOn -> {
            for (int i = 1; i <= 20; i++) {
                clock.set(start.plusSeconds(60L * i));
                reading.executeWithoutResult(_ -> goesOn.run());
                outbox.due(clock.instant(), 1_000, List.of()).forEach(owed -> due.add(owed.batch()));
            }
            outbox.due(clock.instant().plusSeconds(121), 1_000, List.of()).forEach(owed -> dueLater.add(owed.batch()));
        });
        try {
            var materialization =
                    new BatchMaterialization(records, source, List.of(slow), new FutureRows(Instant.EPOCH));
            materialization.recordPending(List.of(batch));
            materialization.publish();

            assertThat(due).doesNotContain(batch);
            assertThat(dueLater).as("when the server is gone").contains(batch);
        } finally {
            outbox.forget(source);
        }
    }

    private ViewOutput.OfBatches output(String name) {
        return new Output(name, false, _ -> {});
    }

    /** One that can't be closed. */
    private final class Output implements ViewOutput.OfBatches {

        private final String name;
        private final boolean large;
        private final Consumer<Runnable> work;

        private Output(String name, boolean large, Consumer<Runnable> work) {
            this.name = name;
            this.large = large;
            this.work = work;
        }

        @Override
        public void add(LogRow row) {}

        @Override
        public BatchMaterializer.Chunk cut() {
            return () -> {};
        }

        @Override
        public boolean isLarge() {
            return large;
        }

        @Override
        public FencingTokens publish(Collection<BatchId> batches, Runnable goesOn) {
            work.accept(goesOn);
            return FencingTokens.NONE;
        }

        @Override
        public void close() {
            closed.add(name);
            throw new IllegalStateException(name + " stays open");
        }
    }
}
