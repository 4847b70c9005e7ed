package dev.asof.online.lookup;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.ModelAndView;

/**
 * Takes the usual lookup to its handler, where Spring would weigh mappings, media types and arguments to find the same. It
 * is the same method of the same controller, within the same filters, and its failures become problems as all others do;
 * a lookup with anything out of the ordinary goes Spring's way.
 */
@Component
final class LookupShortcut implements HandlerMapping, HandlerAdapter, Ordered {

    /** What clients send that ask for JSON, or for anything. */
    private static final Set<String> ACCEPTED = Set.of(MediaType.ALL_VALUE, MediaType.APPLICATION_JSON_VALUE);

    private final OnlineFeaturesController controller;
    private final HandlerMethod handler;
    private final String address;

    LookupShortcut(OnlineFeaturesController controller, ServletContext context) throws NoSuchMethodException {
        this.controller = controller;
        this.handler = new HandlerMethod(
                controller,
                OnlineFeaturesController.class.getDeclaredMethod(
                        "lookup", String.class, HttpServletRequest.class, HttpServletResponse.class));
        this.address = context.getContextPath() + OnlineFeaturesController.PATH;
    }

    /** Before Spring's, which are asked when this one has no answer. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable HandlerExecutionChain getHandler(HttpServletRequest request) {
        if (!isUsual(request)) {
            return null;
        }
        request.setAttribute(BEST_MATCHING_PATTERN_ATTRIBUTE, OnlineFeaturesController.PATH);
        // a request that is observed takes its name from here, any other from the attribute
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(observed -> observed.setPathPattern(OnlineFeaturesController.PATH));
        return new HandlerExecutionChain(handler);
    }

    /** Whether no parameter, media type or encoding is there to be checked. */
    private boolean isUsual(HttpServletRequest request) {
        return address.equals(request.getRequestURI())
                && "POST".equals(request.getMethod())
                && request.getQueryString() == null
                && MediaType.APPLICATION_JSON_VALUE.equals(request.getContentType())
                && takesJson(request.getHeader(HttpHeaders.ACCEPT))
                && request.getHeader(HttpHeaders.CONTENT_ENCODING) == null;
    }

    private static boolean takesJson(@Nullable String accept) {
        return accept == null || ACCEPTED.contains(accept);
    }

    @Override
    public boolean supports(Object handler) {
        return handler == this.handler;
    }

    @Override
    public @Nullable ModelAndView handle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        controller.lookup(null, request, response);
        return null;
    }
}
