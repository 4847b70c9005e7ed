package dev.asof.http;

import dev.asof.shared.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses what is more than the server can do at once, before anything of it is read: those who get in are answered as
 * fast as ever, and memory stays flat. Probes and metrics are never refused.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class RequestLimits extends OncePerRequestFilter {

    private static final Logger LOG = LoggerFactory.getLogger(RequestLimits.class);
    private static final String API = "/api/";
    private static final String LOOKUPS = "/api/v1/online-features";
    private static final String SOURCES = "/api/v1/sources/";
    private static final String ROWS = "/rows";
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final long LOG_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    /** Of a larger body with rows, the rest goes to disk. */
    private static final long ROWS_HELD = 256 << 10;

    private static final long OTHERS_HELD = 16 << 20;

    private final Lane lookups;
    private final Lane ingestion;
    private final Lane other;
    private final JsonMapper json;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong loggedAt = new AtomicLong(System.nanoTime() - LOG_EVERY_NANOS);

    RequestLimits(LimitsProperties limits, JsonMapper json) {
        long bytes = limits.maxBodyBytes();
        this.lookups = new Lane("lookups", limits.maxLookups(), bytes, OTHERS_HELD);
        this.ingestion = new Lane("requests with rows", limits.maxIngestion(), bytes, ROWS_HELD);
        this.other = new Lane("requests", limits.maxOther(), bytes, OTHERS_HELD);
        this.json = json;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<Lane> limited = lane(request.getServletPath());
        if (limited.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        Lane lane = limited.get();
        long weight = lane.weight(hasBody(request) ? request.getContentLengthLong() : 0);
        if (!lane.enter(weight)) {
            refuse(lane, request, response);
            return;
        }
        try {
            chain.doFilter(request, response);
        } finally {
            lane.leave(weight);
        }
    }

    /** Whether it is one for lookups, whatever becomes of it. */
    static boolean isLookup(HttpServletRequest request) {
        return request.getServletPath().startsWith(LOOKUPS);
    }

    private Optional<Lane> lane(String path) {
        if (!path.startsWith(API)) {
            return Optional.empty();
        }
        if (path.startsWith(LOOKUPS)) {
            return Optional.of(lookups);
        }
        return Optional.of(path.startsWith(SOURCES) && path.endsWith(ROWS) ? ingestion : other);
    }

    /** Files in a multipart body go to disk. */
    private static boolean hasBody(HttpServletRequest request) {
        String type = request.getContentType();
        boolean sized = request.getContentLengthLong() >= 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        return sized && (type == null || !type.startsWith(MediaType.MULTIPART_FORM_DATA_VALUE));
    }

    private void refuse(Lane lane, HttpServletRequest request, HttpServletResponse response) throws IOException {
        logNowAndThen(lane);
        var problem = Problem.of(
                ErrorCode.TOO_MANY_REQUESTS,
                "As many %s as this server takes at once are under way: try again in a moment".formatted(lane.name()),
                request,
                List.of());
        byte[] body = json.writeValueAsBytes(problem);
        response.setStatus(problem.status());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** Not each: a flood of requests must not become a flood of log lines. */
    private void logNowAndThen(Lane lane) {
        refused.incrementAndGet();
        long last = loggedAt.get();
        long now = System.nanoTime();
        if (now - last >= LOG_EVERY_NANOS && loggedAt.compareAndSet(last, now)) {
            LOG.warn("Too many {} at once: {} requests refused so far", lane.name(), refused.get());
        }
    }
}
