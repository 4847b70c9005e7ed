package dev.asof.training.historical;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.ClientAbortException;
import org.springframework.stereotype.Component;

/**
 * Breaks the connection of a response that failed after its first bytes, so that no client takes it for whole. Such a
 * failure must pass by every error handler: what they would write would end the body well. Tomcat closes the connection
 * without the last chunk when it is told that the client is gone.
 */
@Component
class BrokenResponses extends HttpFilter {

    private static final String BROKEN = BrokenResponses.class.getName();

    /** Says that the response of this request must not end well. */
    static void mark(HttpServletRequest request, Exception cause) {
        request.setAttribute(BROKEN, cause);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        chain.doFilter(request, response);
        if (request.getAttribute(BROKEN) instanceof Exception cause) {
            throw new ClientAbortException("The response could not be completed", cause);
        }
    }
}
