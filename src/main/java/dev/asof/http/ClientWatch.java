package dev.asof.http;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.EndableWork;
import jakarta.annotation.PreDestroy;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Ends the work of requests whose clients have left, as far as it may be ended ({@link EndableWork}). A client that has
 * closed its half of the connection counts as one that has left: what it does with the other half can't be seen.
 */
@Component
class ClientWatch {

    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** What takes less is not worth a look, and is answered to clients that close their half early. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final Set<Watched> requests = ConcurrentHashMap.newKeySet();
    private final BackgroundLoop watching;

    ClientWatch(BackgroundLoops loops) {
        this.watching = loops.every(INTERVAL, "client-watch", this::look);
        watching.start();
    }

    @PreDestroy
    void stop() {
        watching.stop();
    }

    /** A request that this thread works on, until it is closed. */
    final class Watched implements AutoCloseable {

        private final ClientConnections.Connection connection;
        private final EndableWork work = EndableWork.begin();
        private final long begunAt = System.nanoTime();
        private boolean seen;

        private Watched(ClientConnections.Connection connection) {
            this.connection = connection;
            requests.add(this);
        }

        /** A connection that was never seen belongs to a proxy that names somebody else: nothing is known of it. */
        private void look(ClientConnections now) {
            seen |= now.has(connection);
            if (seen && System.nanoTime() - begunAt >= LEAST.toNanos() && now.isClosed(connection)) {
                work.end();
            }
        }

        @Override
        public void close() {
            requests.remove(this);
            work.close();
        }
    }

    /** Watches over a request; none where its connection isn't known. */
    Optional<Watched> over(HttpServletRequest request) {
        return ClientConnections.connection(request).map(Watched::new);
    }

    private void look() {
        if (!requests.isEmpty()) {
            var now = ClientConnections.now();
            requests.forEach(request -> request.look(now));
        }
    }
}
