package dev.asof.training.dataset;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Asks now and then whether a build is still wanted, and ends its query when it is not. */
final class BuildWatch {

    private static final Duration INTERVAL = Duration.ofMillis(250);

    private final BackgroundLoops loops;
    private final BooleanSupplier wanted;

    BuildWatch(BackgroundLoops loops, BooleanSupplier wanted) {
        this.loops = loops;
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

    /** Cancels a query, again and again until that has ended. */
    final class Over implements AutoCloseable {

        private final Cancellable query;
        private final BackgroundLoop watching;
        private volatile boolean unwanted;
        private boolean closed;

        private Over(Cancellable query) {
            this.query = query;
            this.watching = loops.every(INTERVAL, "dataset-build-watch", this::watch);
            watching.start();
        }

        private void watch() throws SQLException {
            if (!wanted.getAsBoolean()) {
                unwanted = true;
                cancel();
            }
        }

        /**
         * For what goes on for long with what the query gave; may be called for each row.
         *
         * @throws BuildStoppedException when it was found not to be wanted any more
         */
        void check() {
            if (unwanted) {
                throw new BuildStoppedException();
            }
        }

        /** Another query may be on the same connection as soon as this is closed. */
        private synchronized void cancel() throws SQLException {
            if (!closed) {
                query.cancel();
            }
        }

        @Override
        public void close() {
            watching.stop();
            synchronized (this) {
                closed = true;
            }
        }
    }
}
