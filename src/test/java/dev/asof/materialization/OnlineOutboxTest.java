package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.FencingTokens;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.support.AsofServerTest;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Work on record, far from due so that the server leaves it alone. */
@AsofServerTest
class OnlineOutboxTest {

    private static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");
    private static final BatchId BATCH = new BatchId(1L << 40);

    @Autowired
    private OnlineOutbox outbox;

    @Autowired
    private OnlineService service;

    @Autowired
    private JdbcClient jdbc;

    @AfterEach
    void forget() {
        jdbc.sql("delete from asof.online_work where batch_id = :id")
                .param("id", BATCH.value())
                .update();
    }

    @Test
    void O3_whatAReplacedProcessTookIsNotStruckOff() {
        outbox.record(new SourceName("none"), List.of(BATCH), FAR);
        var now = new FencingTokens(service.read().tokens());
        var before = now.and(new FencingTokens(Set.of("of a process that was replaced")));

        outbox.done(List.of(BATCH), before);
        outbox.postpone(List.of(BATCH), before, FAR, FAR);

        assertThat(outbox.isOnline(before)).isFalse();
        assertThat(outbox.lock(List.of(BATCH)))
                .singleElement()
                .satisfies(owed -> assertThat(owed.writtenThrough()).isEmpty());

        outbox.postpone(List.of(BATCH), now, FAR, FAR);
        assertThat(outbox.lock(List.of(BATCH)))
                .singleElement()
                .satisfies(owed -> assertThat(owed.writtenThrough()).contains(FAR));

        outbox.done(List.of(BATCH), now);
        assertThat(outbox.lock(List.of(BATCH))).isEmpty();
    }

    @Test
    void O3_theCheckpointStaysBelowWhatIsPending() {
        long before = service.checkpoint();
        outbox.record(new SourceName("none"), List.of(BATCH), FAR);
        long pending = jdbc.sql("select xid::text::bigint from asof.online_work where batch_id = :id")
                .param("id", BATCH.value())
                .query(Long.class)
                .single();

        assertThat(service.checkpoint()).isBetween(before, pending);
    }
}
