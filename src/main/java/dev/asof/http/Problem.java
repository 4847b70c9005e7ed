package dev.asof.http;

import dev.asof.shared.ErrorCode;
import dev.asof.shared.Shown;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A failure as the API answers it, {@code application/problem+json} of RFC 9457.
 *
 * @param type a URI that names the kind of problem
 * @param code the stable name that clients may switch on
 * @param requestId what to quote when asking about it
 * @param traceId of the trace that the request belongs to
 * @param violations everything that is wrong with the request, as far as known; the first hundred of them
 * @param moreViolations how many there are beyond those listed
 */
@Schema(name = "Problem")
record Problem(
        String type,
        String title,
        int status,
        String code,
        String detail,
        @Nullable String requestId,
        @Nullable String traceId,
        List<Violation> violations,
        long moreViolations) {

    private static final int LONGEST_DETAIL = 2_000;
    private static final String NOT_HTTP = "The request is not valid HTTP, its address or headers are too long, or its "
            + "path has an encoded slash, an encoded NUL or bytes that are not UTF-8";

    Problem {
        detail = Shown.cut(detail, LONGEST_DETAIL);
        violations = List.copyOf(violations);
    }

    /** The problem of a request, with the ids it was given. */
    static Problem of(ErrorCode code, String detail, HttpServletRequest request, List<Violation> violations) {
        return of(code, detail, request, violations, 0);
    }

    /** As {@link #of(ErrorCode, String, HttpServletRequest, List)}, with more violations than are listed. */
    static Problem of(
            ErrorCode code, String detail, HttpServletRequest request, List<Violation> violations, long more) {
        String id = text(request, RequestIds.ATTRIBUTE);
        return of(code, detail, id, text(request, RequestIds.TRACE_ATTRIBUTE), violations, more);
    }

    private static @Nullable String text(HttpServletRequest request, String attribute) {
        return request.getAttribute(attribute) instanceof String text ? text : null;
    }

    private static Problem of(
            ErrorCode code,
            String detail,
            @Nullable String requestId,
            @Nullable String traceId,
            List<Violation> violations,
            long more) {
        return new Problem(
                "urn:asof:problem:" + code.code().replace('_', '-'),
                code.title(),
                code.status(),
                code.code(),
                detail,
                requestId,
                traceId,
                violations,
                more);
    }

    /** The problem for a bare HTTP status; an id is made up when the request was given none. */
    static Problem of(int status, HttpServletRequest request) {
        var code = switch (status) {
            case 408 -> ErrorCode.BODY_TOO_SLOW;
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 501 -> ErrorCode.MALFORMED_REQUEST;
            case 413 -> ErrorCode.PAYLOAD_TOO_LARGE;
            case 503 -> ErrorCode.UNAVAILABLE;
            default -> status < 500 ? ErrorCode.MALFORMED_REQUEST : ErrorCode.INTERNAL;
        };
        String detail = code == ErrorCode.MALFORMED_REQUEST ? NOT_HTTP : code.title();
        String given = text(request, RequestIds.ATTRIBUTE);
        String id = given != null ? given : UUID.randomUUID().toString();
        return of(code, detail, id, text(request, RequestIds.TRACE_ATTRIBUTE), List.of(), 0);
    }
}
