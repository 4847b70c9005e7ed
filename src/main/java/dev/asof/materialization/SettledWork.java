package dev.asof.materialization;

import dev.asof.online.WrittenUnder;
import dev.asof.shared.BatchId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Strikes work off the record in Postgres once it is done, a moment later and many batches at once, so that no request
 * waits for it. Work that stays on the record because the server died is done again, which changes nothing.
 */
@Component
class SettledWork implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(SettledWork.class);
    private static final int AT_ONCE = 10_000;

    private record Settled(List<BatchId> batches, WrittenUnder written) {}

    private final OnlineWork work;
    private final LinkedBlockingQueue<Settled> settled = new LinkedBlockingQueue<>();
    private volatile boolean running;
    private Thread striking = new Thread();

    SettledWork(OnlineWork work) {
        this.work = work;
    }

    void add(List<BatchId> batches, WrittenUnder written) {
        settled.add(new Settled(batches, written));
    }

    @Override
    public void start() {
        running = true;
        striking = Thread.ofVirtual().name("settled-work").start(this::strike);
    }

    private void strike() {
        try {
            while (running) {
                var done = new ArrayList<Settled>();
                done.add(settled.take());
                settled.drainTo(done, AT_ONCE);
                strike(done);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void strike(List<Settled> done) {
        done.stream()
                .collect(Collectors.groupingBy(
                        Settled::written,
                        Collectors.flatMapping(each -> each.batches().stream(), Collectors.toList())))
                .forEach(this::strike);
    }

    private void strike(WrittenUnder written, List<BatchId> done) {
        try {
            work.done(done, written);
        } catch (DataAccessException e) {
            LOG.warn("Work for {} batches stays on the record and will be done again: {}", done.size(), e.getMessage());
        }
    }

    @Override
    public void stop() {
        running = false;
        striking.interrupt();
        var rest = new ArrayList<Settled>();
        settled.drainTo(rest);
        strike(rest);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Until the last request was answered, and {@link BackgroundWork} has stopped. */
    @Override
    public int getPhase() {
        return 1;
    }
}
