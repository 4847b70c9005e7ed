package dev.asof.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.http.Outcome;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.http.server.observation.ServerRequestObservationConvention;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Observes requests as Spring does, but lookups that nobody traces by the same timer and ids alone: an observation with a
 * span that is thrown away takes a sixth of the processor time of a lookup of one entity. Which lookups are sampled is
 * decided first, and those are observed as all others.
 */
final class RequestObservations extends ServerHttpObservationFilter {

    private static final String FILTERED = RequestObservations.class.getName() + ALREADY_FILTERED_SUFFIX;
    private static final String TRACE_PARENT = "traceparent";
    private static final String TRACE_LOG_KEY = "traceId";
    private static final String SPAN_LOG_KEY = "spanId";
    private static final String NONE = "none";
    private static final int SERVER_ERROR = 500;
    private static final int NOT_FOUND = 404;
    private static final HexFormat HEX = HexFormat.of();

    /** Others would be labels of the caller's making. */
    private static final Set<String> METHODS = Set.of("GET", "POST");

    /** What a request's timer tells apart. */
    private record Labels(String method, String uri, int status, String failure) {}

    private final MeterRegistry meters;
    private final String name;
    private final double probability;
    private final Map<Labels, Timer> timers = new ConcurrentHashMap<>();

    /**
     * @param name of the timer
     * @param probability of being sampled, for lookups without a trace of their caller's
     */
    RequestObservations(
            ObservationRegistry observations,
            ServerRequestObservationConvention convention,
            MeterRegistry meters,
            String name,
            double probability) {
        super(observations, convention);
        this.meters = meters;
        this.name = name;
        this.probability = probability;
    }

    /** Spring puts it together for each request. */
    @Override
    protected String getAlreadyFilteredAttributeName() {
        return FILTERED;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!RequestLimits.isLookup(request)
                || !METHODS.contains(request.getMethod())
                || request.getHeader(TRACE_PARENT) != null) {
            super.doFilterInternal(request, response, chain);
        } else if (ThreadLocalRandom.current().nextDouble() < probability) {
            observeSampled(request, response, chain);
        } else {
            time(request, response, chain);
        }
    }

    private void observeSampled(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            ScopedValue.where(LookupSampling.CHOSEN, true).call(() -> {
                super.doFilterInternal(request, response, chain);
                return true;
            });
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    private void time(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var random = ThreadLocalRandom.current();
        MDC.put(TRACE_LOG_KEY, HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong()));
        MDC.put(SPAN_LOG_KEY, HEX.toHexDigits(random.nextLong()));
        long start = System.nanoTime();
        String failure = NONE;
        int status = SERVER_ERROR;
        try {
            chain.doFilter(request, response);
            status = response.getStatus();
        } catch (ServletException | IOException | RuntimeException e) {
            failure = e.getClass().getSimpleName();
            throw e;
        } finally {
            timer(new Labels(request.getMethod(), uri(request, status), status, failure))
                    .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            MDC.remove(TRACE_LOG_KEY);
            MDC.remove(SPAN_LOG_KEY);
        }
    }

    /** The pattern that a request matched, as Spring labels it. */
    private static String uri(HttpServletRequest request, int status) {
        @Nullable Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        if (pattern != null) {
            return pattern.toString();
        }
        return status == NOT_FOUND ? "NOT_FOUND" : "UNKNOWN";
    }

    private Timer timer(Labels labels) {
        var known = timers.get(labels);
        return known != null ? known : timers.computeIfAbsent(labels, this::newTimer);
    }

    private Timer newTimer(Labels labels) {
        return meters.timer(
                name,
                "error",
                labels.failure(),
                "exception",
                labels.failure(),
                "method",
                labels.method(),
                "outcome",
                Outcome.forStatus(labels.status()).name(),
                "status",
                Integer.toString(labels.status()),
                "uri",
                labels.uri());
    }
}
