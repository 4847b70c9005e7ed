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
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

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

    private ViewOutput.OfBatches output(String name) {
        return new ViewOutput.OfBatches() {

            @Override
            public void add(LogRow row) {}

            @Override
            public BatchMaterializer.Chunk cut() {
                return () -> {};
            }

            @Override
            public boolean isLarge() {
                return false;
            }

            @Override
            public FencingTokens publish(Collection<BatchId> batches) {
                return FencingTokens.NONE;
            }

            @Override
            public void close() {
                closed.add(name);
                throw new IllegalStateException(name + " stays open");
            }
        };
    }
}
