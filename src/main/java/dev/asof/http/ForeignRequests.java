package dev.asof.http;

import dev.asof.shared.ErrorCode;
import dev.asof.shared.Shown;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps web pages out that a browser on this machine or in this network happens to show (rule P2): requests under a name
 * that isn't the server's, and changes sent by another site's page. Clients that are no browsers send neither.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 3)
class ForeignRequests extends HttpFilter {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignRequests.class);
    private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "::1", "localhost");
    private static final int LONGEST_SHOWN = 100;

    private final KnownHosts hosts;
    private final JsonMapper json;

    /** The host of the last request that was let in: nearly always that of the next. */
    private volatile String lastKnown = "";

    ForeignRequests(HttpProperties properties, JsonMapper json, @Value("${server.address:}") String address) {
        this.hosts = new KnownHosts(properties.hosts());
        this.json = json;
        if (properties.hosts().isEmpty() && !LOOPBACK.contains(address)) {
            LOG.warn("Requests by another name than localhost or the server's address are refused: set asof.http.hosts"
                    + " to the names this server is reached by");
        }
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        SafeAnswers.mark(response);
        var refusal = refusal(request);
        if (refusal.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        LOG.debug("Refused {} {}: {}", request.getMethod(), request.getRequestURI(), refusal.get());
        SafeAnswers.write(Problem.of(ErrorCode.FOREIGN_REQUEST, refusal.get(), request, List.of()), response, json);
    }

    private Optional<String> refusal(HttpServletRequest request) {
        // only HTTP/1.0 can do without; browsers always send it
        String host = request.getHeader(HttpHeaders.HOST);
        if (host != null && !host.isEmpty() && !host.equals(lastKnown)) {
            if (!hosts.isOwn(host, request.getLocalAddr())) {
                return Optional.of(("'%s' is not a name of this server: use localhost, or have asof.http.hosts"
                                + " (ASOF_HTTP_HOSTS) set to the names it is reached by")
                        .formatted(Shown.cut(host, LONGEST_SHOWN)));
            }
            lastKnown = host;
        }
        return READS.contains(request.getMethod()) ? Optional.empty() : refusalOfChange(request, host);
    }

    private Optional<String> refusalOfChange(HttpServletRequest request, @Nullable String host) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && (host == null || !hosts.isOwnOrigin(origin, host))) {
            return Optional.of(("Only this server's own pages send it changes, not one of '%s': if a proxy serves them"
                            + " under that name, have asof.http.hosts set to it")
                    .formatted(Shown.cut(origin, LONGEST_SHOWN)));
        }
        String site = request.getHeader("Sec-Fetch-Site");
        return site == null || OWN_SITES.contains(site)
                ? Optional.empty()
                : Optional.of("Only this server's own pages send it changes, not a page of another site");
    }
}
