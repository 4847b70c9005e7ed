package dev.asof.http;

import dev.asof.shared.ErrorCode;
import dev.asof.shared.Shown;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Gives every request an id, the caller's own if it sent a decent one, for its logs, its answer and its problems, and
 * the trace's id beside it; logs requests that failed or took long. Second to Spring's own filter, which continues the
 * caller's trace.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
class RequestIds extends HttpFilter {

    static final String HEADER = "X-Request-Id";
    static final String TRACE_HEADER = "X-Trace-Id";
    static final String ATTRIBUTE = RequestIds.class.getName();
    static final String TRACE_ATTRIBUTE = ATTRIBUTE + ".trace";

    private static final Logger LOG = LoggerFactory.getLogger(RequestIds.class);
    private static final String LOG_KEY = "request_id";
    private static final String TRACE_LOG_KEY = "traceId";
    private static final int LONGEST_ADDRESS = 500;
    private static final Pattern DECENT = Pattern.compile("[A-Za-z0-9._:-]{1,100}");

    private final long slowNanos;

    RequestIds(@Value("${asof.http.slow-request}") Duration slow) {
        this.slowNanos = slow.toNanos();
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long start = System.nanoTime();
        String given = request.getHeader(HEADER);
        String id = given != null && DECENT.matcher(given).matches() ? given : newId();
        request.setAttribute(ATTRIBUTE, id);
        response.setHeader(HEADER, id);
        String trace = MDC.get(TRACE_LOG_KEY);
        if (trace != null) {
            request.setAttribute(TRACE_ATTRIBUTE, trace);
            response.setHeader(TRACE_HEADER, trace);
        }
        MDC.put(LOG_KEY, id);
        try {
            chain.doFilter(request, response);
        } finally {
            log(request, response.getStatus(), System.nanoTime() - start);
            MDC.remove(LOG_KEY);
        }
    }

    private void log(HttpServletRequest request, int status, long nanos) {
        if (status >= 500 || nanos >= slowNanos) {
            // a store that is away is told of once, not by everyone who is told to come back
            LOG.atLevel(status == ErrorCode.UNAVAILABLE.status() ? Level.DEBUG : Level.INFO)
                    .log(
                            "{} {} {} in {} ms",
                            request.getMethod(),
                            Shown.cut(request.getRequestURI(), LONGEST_ADDRESS),
                            status,
                            Duration.ofNanos(nanos).toMillis());
        }
    }

    /** Ids need to differ, not to be hard to guess: the secure source is one for all threads, and slow. */
    private static String newId() {
        var random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }
}
