package dev.asof.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * The first step of a stop. Readiness is down by then; for a moment the server goes on answering, and asks its clients
 * to come back over a new connection, which a balancer opens to another server. Afterwards the web server takes no more
 * connections and ends what it has begun.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class Draining extends HttpFilter implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Draining.class);

    private final Duration delay;
    private volatile boolean draining;
    private volatile boolean running;

    Draining(ShutdownProperties properties) {
        this.delay = properties.delay();
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (draining) {
            response.setHeader(HttpHeaders.CONNECTION, "close");
        }
        chain.doFilter(request, response);
    }

    @Override
    public void start() {
        draining = false;
        running = true;
    }

    @Override
    public void stop() {
        draining = true;
        running = false;
        try {
            LOG.info("Stopping: taking requests for another {} ms", delay.toMillis());
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before everything else stops, the web server included. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
