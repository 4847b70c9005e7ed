package dev.asof.http;

import dev.asof.postgres.SqlStates;
import dev.asof.shared.AsofException;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.JsonFailures;
import dev.asof.shared.OutageLog;
import dev.asof.shared.Violation;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;

/** The one place that turns failures into {@link Problem}s. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class ProblemAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);
    private static final String RETRY_AFTER_SECONDS = "2";

    /** What many requests meet at once is told once. */
    private static final Map<ErrorCode, OutageLog> OUTAGES = Arrays.stream(ErrorCode.values())
            .filter(code -> code.fault() == ErrorCode.Fault.RESOURCE)
            .collect(Collectors.toMap(Function.identity(), _ -> new OutageLog(LOG)));

    @ExceptionHandler
    ResponseEntity<Problem> on(AsofException e, HttpServletRequest request) {
        switch (e.code().fault()) {
            case USER -> LOG.debug("{}: {}", e.code(), e.getMessage());
            case RESOURCE -> away(e.code()).met("{}: {}", e.code(), e.getMessage());
            case SERVER -> LOG.error("{}", e.code(), e);
        }
        var problem = Problem.of(e.code(), String.valueOf(e.getMessage()), request, e.violations(), e.moreViolations());
        return answer(e.code(), problem);
    }

    private static OutageLog away(ErrorCode code) {
        return Objects.requireNonNull(OUTAGES.get(code));
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(HttpMessageNotReadableException e, HttpServletRequest request) {
        return switch (e.getMostSpecificCause()) {
            case JacksonException json -> on(json, request);
            case IOException broken -> on(broken, request);
            default -> answer(ErrorCode.MALFORMED_REQUEST, "The request has no body: send one", List.of(), request);
        };
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(JacksonException e, HttpServletRequest request) {
        var violation = JsonFailures.violation(e);
        return answer(
                ErrorCode.MALFORMED_REQUEST,
                "The request body can't be read" + JsonFailures.where(e) + ": " + violation.message(),
                List.of(violation),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(MultipartException e, HttpServletRequest request) {
        LOG.debug("Not a multipart body: {}", e.getMessage());
        return e instanceof MaxUploadSizeExceededException
                ? answer(ErrorCode.PAYLOAD_TOO_LARGE, "The upload is larger than this server takes", List.of(), request)
                : answer(
                        ErrorCode.MALFORMED_REQUEST,
                        "The multipart body can't be read: it ended early, or its Content-Type names no boundary",
                        List.of(),
                        request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(InvalidParameterException e, HttpServletRequest request) {
        LOG.debug("Undecodable parameters: {}", e.getMessage());
        return answer(
                ErrorCode.MALFORMED_REQUEST,
                "The query parameters can't be decoded: percent-encode them as UTF-8",
                List.of(),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(MethodArgumentTypeMismatchException e, HttpServletRequest request) {
        String message = "'%s' is not %s, as %s has to be".formatted(e.getValue(), expected(e), e.getName());
        return answer(
                ErrorCode.MALFORMED_REQUEST, message, List.of(Violation.of(e.getName(), "type", message)), request);
    }

    private static String expected(MethodArgumentTypeMismatchException e) {
        Class<?> type = e.getRequiredType();
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        return type == int.class || type == Integer.class
                ? "a whole number up to %s".formatted(Integer.MAX_VALUE)
                : type == long.class || type == Long.class ? "a whole number" : "a valid value";
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(NoResourceFoundException e, HttpServletRequest request) {
        return answer(
                ErrorCode.NOT_FOUND,
                "There is nothing at %s %s; see /swagger-ui.html"
                        .formatted(request.getMethod(), request.getRequestURI()),
                List.of(),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(HttpRequestMethodNotSupportedException e, HttpServletRequest request) {
        var supported = new TreeSet<String>();
        Optional.ofNullable(e.getSupportedMethods()).map(List::of).ifPresent(supported::addAll);
        if (supported.contains("GET")) {
            supported.add("HEAD");
        }
        supported.add("OPTIONS");
        String allowed = String.join(", ", supported);
        var problem = answer(
                ErrorCode.METHOD_NOT_ALLOWED,
                "%s is not supported here, only %s".formatted(e.getMethod(), allowed),
                List.of(),
                request);
        return ResponseEntity.status(problem.getStatusCode())
                .headers(problem.getHeaders())
                .header(HttpHeaders.ALLOW, allowed)
                .body(problem.getBody());
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(HttpMediaTypeNotSupportedException e, HttpServletRequest request) {
        return answer(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                "%s: use %s"
                        .formatted(
                                e.getContentType() == null
                                        ? "The request has no Content-Type, or not a valid one"
                                        : "The Content-Type '%s' is not read here".formatted(e.getContentType()),
                                MediaType.toString(e.getSupportedMediaTypes())),
                List.of(),
                request);
    }

    @ExceptionHandler({DataAccessResourceFailureException.class, CannotCreateTransactionException.class})
    ResponseEntity<Problem> onPostgresAway(Exception e, HttpServletRequest request) {
        away(ErrorCode.UNAVAILABLE).met("Postgres is away: {}", e.getMessage());
        return answer(ErrorCode.UNAVAILABLE, "The offline store is not answering; try again", List.of(), request);
    }

    /** A deadlock, a lock that took too long: what the next try need not meet. */
    @ExceptionHandler
    ResponseEntity<Problem> on(TransientDataAccessException e, HttpServletRequest request) {
        LOG.warn("Postgres gave up on {} {}: {}", request.getMethod(), request.getRequestURI(), e.getMessage());
        return answer(
                ErrorCode.UNAVAILABLE,
                "Another change was in the way; nothing was changed, try again",
                List.of(),
                request);
    }

    /** Spring has no exception of its own for a lock that took longer than Postgres's {@code lock_timeout}. */
    @ExceptionHandler
    ResponseEntity<Problem> on(UncategorizedSQLException e, HttpServletRequest request) {
        SQLException cause = e.getSQLException();
        if (cause == null || !SqlStates.LOCK_NOT_AVAILABLE.equals(cause.getSQLState())) {
            return on((Exception) e, request);
        }
        LOG.warn("No lock for {} {}: {}", request.getMethod(), request.getRequestURI(), cause.getMessage());
        return answer(
                ErrorCode.UNAVAILABLE,
                "Something else held a lock for too long; nothing was changed, try again",
                List.of(),
                request);
    }

    /** The client went away: nobody is there to answer. */
    @ExceptionHandler
    void on(AsyncRequestNotUsableException e) {
        LOG.debug("The client went away: {}", e.getMessage());
    }

    /** Told to a client that has closed its half of the connection alone; another hears nothing. */
    @ExceptionHandler
    ResponseEntity<Problem> on(EndableWork.EndedException e, HttpServletRequest request) {
        LOG.info("{} {} was ended: its client has left", request.getMethod(), request.getRequestURI());
        return answer(
                ErrorCode.MALFORMED_REQUEST,
                "The client closed its end of the connection before the answer, so the work was stopped; nothing was "
                        + "changed: keep the connection open until the answer has come",
                List.of(),
                request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(IOException e, HttpServletRequest request) {
        LOG.debug("Reading the request failed: {}", e.getMessage());
        return answer(ErrorCode.MALFORMED_REQUEST, "The request ended early or can't be read", List.of(), request);
    }

    @ExceptionHandler
    ResponseEntity<Problem> on(Exception e, HttpServletRequest request) {
        if (e instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            return answer(
                    codeOf(known.getStatusCode()),
                    String.valueOf(known.getBody().getDetail()),
                    List.of(),
                    request);
        }
        if (isTooDeep(e)) {
            LOG.warn("{} {} nested too deep for the stack", request.getMethod(), request.getRequestURI());
            return answer(
                    ErrorCode.INVALID,
                    "The request is nested too deep to be read: make it flatter",
                    List.of(),
                    request);
        }
        LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
        return answer(
                ErrorCode.INTERNAL,
                "Something went wrong on our side; the log knows more under this request id",
                List.of(),
                request);
    }

    /** What is read by recursion is bounded where it is read; this is for a bound that was set too high. */
    private static boolean isTooDeep(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < 10 && cause != null; i++) {
            if (cause instanceof StackOverflowError) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static ErrorCode codeOf(HttpStatusCode status) {
        return switch (status.value()) {
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 406 -> ErrorCode.NOT_ACCEPTABLE;
            case 413 -> ErrorCode.PAYLOAD_TOO_LARGE;
            case 415 -> ErrorCode.UNSUPPORTED_MEDIA_TYPE;
            default -> ErrorCode.MALFORMED_REQUEST;
        };
    }

    private static ResponseEntity<Problem> answer(
            ErrorCode code, String detail, List<Violation> violations, HttpServletRequest request) {
        return answer(code, Problem.of(code, detail, request, violations));
    }

    private static ResponseEntity<Problem> answer(ErrorCode code, Problem problem) {
        var headers = new HttpHeaders();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (code.fault() == ErrorCode.Fault.RESOURCE) {
            headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return new ResponseEntity<>(problem, headers, HttpStatusCode.valueOf(code.status()));
    }
}
