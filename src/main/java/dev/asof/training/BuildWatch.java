package dev.asof.training;

import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks now and then whether a build is still wanted, and ends its query when it is not. */
final class BuildWatch {

    private static final Logger LOG = LoggerFactory.getLogger(BuildWatch.class);
    private static final Duration INTERVAL = Duration.ofMillis(250);

    private final BooleanSupplier wanted;

    BuildWatch(BooleanSupplier wanted) {
        this.wanted = wanted;
    }

    /** @throws BuildStoppedException when it is not wanted any more */
    void check() {
        if (!wanted.getAsBoolean()) {
            throw new BuildStoppedException();
        }
    }

    /** Something that may take long. */
    @FunctionalInterface
    interface Cancellable {
        void cancel() throws SQLException;
    }

    /** Watches over a query until that ends or this is closed. */
    Over over(Cancellable query) {
        return new Over(query);
    }

    /** A thread that cancels a query. */
    final class Over implements AutoCloseable {

        private final Cancellable query;
        private final Thread thread;

        private Over(Cancellable query) {
            this.query = query;
            this.thread = Thread.ofVirtual().name("dataset-build-watch").start(this::watch);
        }

        private void watch() {
            try {
                while (true) {
                    Thread.sleep(INTERVAL);
                    if (!wanted.getAsBoolean()) {
                        query.cancel();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SQLException | RuntimeException e) {
                LOG.warn("A dataset's build is not watched any more: {}", e.getMessage());
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
