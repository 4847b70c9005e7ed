package dev.asof.materialization;

import dev.asof.online.FencingTokens;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.BatchId;
import dev.asof.shared.OutageLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Acknowledges what was done of the outbox: strikes it off the record in Postgres, a moment later and many batches at
 * once, so that no request waits for it. Work that stays on the record because the server died is done again, which
 * changes nothing.
 */
@Component
class SettledWork implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(SettledWork.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final OutageLog POSTGRES_AWAY = new OutageLog(LOG);
    private static final int AT_ONCE = 10_000;

    private record Settled(List<BatchId> batches, FencingTokens written) {}

    private final OnlineOutbox outbox;
    private final ConcurrentLinkedQueue<Settled> settled = new ConcurrentLinkedQueue<>();
    private final BackgroundLoop striking;

    SettledWork(OnlineOutbox outbox, BackgroundLoops loops) {
        this.outbox = outbox;
        this.striking = loops.every(INTERVAL, PAUSE, "settled-work", this::strike);
    }

    void add(List<BatchId> batches, FencingTokens written) {
        settled.add(new Settled(batches, written));
        striking.wake();
    }

    @Override
    public void start() {
        striking.start();
    }

    private void strike() {
        while (settled.peek() != null) {
            var done = new ArrayList<Settled>();
            for (var next = settled.poll(); next != null; next = done.size() < AT_ONCE ? settled.poll() : null) {
                done.add(next);
            }
            strike(done);
        }
    }

    private void strike(List<Settled> done) {
        done.stream()
                .collect(Collectors.groupingBy(
                        Settled::written, Collectors.flatMapping(each -> each.batches().stream(), Collectors.toList())))
                .forEach(this::strike);
    }

    private void strike(FencingTokens written, List<BatchId> done) {
        try {
            outbox.done(done, written);
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met(
                    "Work for {} batches stays on the record and will be done again: {}", done.size(), e.getMessage());
        }
    }

    @Override
    public void stop() {
        striking.stop();
        strike();
    }

    @Override
    public boolean isRunning() {
        return striking.isRunning();
    }

    /** Until the last request was answered, and {@link BackgroundWork} has stopped. */
    @Override
    public int getPhase() {
        return 1;
    }
}
