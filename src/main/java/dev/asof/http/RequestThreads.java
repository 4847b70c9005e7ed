package dev.asof.http;

import dev.asof.shared.ProducerThread;
import io.micrometer.tracing.Tracer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.slf4j.MDC;
import org.springframework.stereotype.Component;

/**
 * Answers requests that may use up a processor on platform threads, one each, while their virtual threads wait. The
 * operating system gives each thread its share of the processors; virtual threads go on until they wait, and as many of
 * them as there are processors would keep all others, lookups and probes among them, from running at all.
 */
@Component
class RequestThreads {

    private static final String NAME = "request";

    private final Tracer tracer;
    private final ClientWatch clients;

    RequestThreads(Tracer tracer, ClientWatch clients) {
        this.tracer = tracer;
        this.clients = clients;
    }

    /** Returns when the request is answered: until then nobody else may touch it, an interrupted waiter included. */
    void answer(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Map<String, String> ids = MDC.getCopyOfContextMap();
        var span = tracer.currentSpan();
        try (var thread = new ProducerThread<Void, ServletException, IOException>(NAME, () -> {
            if (ids != null) {
                MDC.setContextMap(ids);
            }
            try (var _ = tracer.withSpan(span);
                    var _ = clients.over(request).orElse(null)) {
                chain.doFilter(request, response);
            } finally {
                MDC.clear();
            }
            return null;
        })) {
            thread.take();
        }
    }
}
