package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.coyote.BadRequestException;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
import org.apache.tomcat.util.http.fileupload.MultipartStream.IllegalBoundaryException;
import org.apache.tomcat.util.http.fileupload.MultipartStream.MalformedStreamException;
import org.apache.tomcat.util.http.fileupload.impl.IOFileUploadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses what is more than the server can do at once, before anything of it is read: those who get in are answered as
 * fast as ever, and memory stays flat. A request takes its place when its body is there, so that slow senders hold none.
 * Probes and metrics are never refused.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class RequestLimits extends HttpFilter {

    private static final Logger LOG = LoggerFactory.getLogger(RequestLimits.class);
    private static final OutageLog NO_ROOM = new OutageLog(LOG);
    private static final String PROBES = "/actuator";
    private static final String LOOKUPS = "/api/v1/online-features";
    private static final String SOURCES = "/api/v1/sources/";
    private static final String ROWS = "/rows";
    private static final String DRAFT = "/draft";
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final long LOG_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private static final long OTHERS_HELD = 16 << 20;
    private static final long MOST_OF_A_LOOKUP = 16 << 20;
    private static final long MOST_OF_A_FILE = 2L << 30;
    private static final long MOST_OF_OTHERS = 64 << 20;

    /** More rows than these may use up a processor for a while. */
    private static final long FEW_ROWS_BYTES = 16 << 10;

    /**
     * Requests of one kind.
     *
     * @param places of those that are worked on
     * @param arriving places of those whose bodies are large and still come
     * @param most bytes that a body may have
     */
    private record Kind(Lane places, Lane arriving, long most) {}

    private final Kind lookups;
    private final Kind ingestion;
    private final Kind files;
    private final Kind other;
    private final RequestThreads threads;
    private final JsonMapper json;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong loggedAt = new AtomicLong(System.nanoTime() - LOG_EVERY_NANOS);

    RequestLimits(LimitsProperties limits, RequestThreads threads, JsonMapper json) {
        long bytes = limits.maxBodyBytes();
        this.lookups = kind("lookups", limits.maxLookups(), bytes, OTHERS_HELD, MOST_OF_A_LOOKUP);
        this.ingestion =
                kind("requests with rows", limits.maxIngestion(), bytes, IncomingBody.HELD_BYTES, MOST_OF_A_FILE);
        this.other = kind("requests", limits.maxOther(), bytes, OTHERS_HELD, MOST_OF_OTHERS);
        this.files = new Kind(other.places(), other.arriving(), MOST_OF_A_FILE);
        this.threads = threads;
        this.json = json;
    }

    private static Kind kind(String name, int requests, long bytes, long held, long most) {
        return new Kind(
                new Lane(name, requests, bytes, held),
                new Lane(name + " with a large body", requests, Long.MAX_VALUE, 0),
                most);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<Kind> limited = kind(request.getServletPath());
        if (limited.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        Kind kind = limited.get();
        if (kind.places().isFull()) {
            refuse(kind.places().full(), request, response);
            return;
        }
        try (var body = receive(request, kind)) {
            answer(kind, body, request, response, chain);
        } catch (Refusal e) {
            refuse(e.why, request, response);
        }
    }

    private void answer(
            Kind kind, IncomingBody body, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Lane lane = kind.places();
        long weight = lane.weight(body.size());
        if (!lane.enter(weight)) {
            refuse(lane.full(), request, response);
            return;
        }
        try {
            boolean hasNone = body == IncomingBody.NONE && kind != ingestion;
            var received = hasNone ? request : new ReceivedRequest(request, body);
            if (isLight(kind, body)) {
                chain.doFilter(received, response);
            } else {
                threads.answer(received, response, chain);
            }
        } finally {
            lane.leave(weight);
        }
    }

    /** Whether it is one for lookups, whatever becomes of it. */
    static boolean isLookup(HttpServletRequest request) {
        return request.getServletPath().startsWith(LOOKUPS);
    }

    private boolean isLight(Kind kind, IncomingBody body) {
        return kind == lookups || (kind == ingestion && body.size() <= FEW_ROWS_BYTES);
    }

    private Optional<Kind> kind(String path) {
        if (path.startsWith(PROBES)) {
            return Optional.empty();
        }
        if (path.startsWith(LOOKUPS)) {
            return Optional.of(lookups);
        }
        if (path.startsWith(SOURCES)) {
            return Optional.of(path.endsWith(ROWS) ? ingestion : path.endsWith(DRAFT) ? files : other);
        }
        return Optional.of(other);
    }

    /** What a request is refused with while its body comes. */
    private static final class Refusal extends Exception {

        private static final long serialVersionUID = 1L;

        private final AsofException why;

        Refusal(AsofException why) {
            super(why);
            this.why = why;
        }
    }

    private static IncomingBody receive(HttpServletRequest request, Kind kind) throws Refusal {
        try {
            if (!hasBody(request)) {
                return IncomingBody.NONE;
            }
            try (var _ = BodyPace.of(request).arrivingOn(kind.arriving())) {
                if (isMultipart(request)) {
                    receiveParts(request);
                    return IncomingBody.NONE;
                }
                return IncomingBody.receive(
                        request.getInputStream(), request.getContentLengthLong(), kind.most(), directory(request));
            }
        } catch (AsofException e) {
            throw new Refusal(e);
        } catch (IOException e) {
            throw new Refusal(new AsofException(
                    ErrorCode.MALFORMED_REQUEST, "The body ended early; nothing was stored: send all of it again", e));
        }
    }

    /** Where files of multipart bodies are too. */
    private static Path directory(HttpServletRequest request) {
        return ((File) request.getServletContext().getAttribute(ServletContext.TEMPDIR)).toPath();
    }

    /** Files in a multipart body go to disk. What is wrong with one is told to whoever asks for its parts. */
    private static void receiveParts(HttpServletRequest request) {
        try {
            request.getParts();
        } catch (IOException e) {
            if (!isOfTheSender(e)) {
                throw IncomingBody.notKept(e);
            }
            LOG.debug("Not a whole multipart body: {}", e.getMessage());
        } catch (ServletException | IllegalStateException e) {
            LOG.debug("Not a multipart body: {}", e.getMessage());
        }
    }

    /** Tomcat tells of all that way: of bodies that break off, of ones without sense, and of its own files. */
    private static boolean isOfTheSender(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean is = switch (cause) {
                case BadRequestException _, MalformedStreamException _, IllegalBoundaryException _ -> true;
                // a cause has another kind, or none
                case IOFileUploadException _ -> false;
                default -> cause instanceof FileUploadException;
            };
            if (is) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0
                || (request.getContentLengthLong() < 0 && request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null);
    }

    private static boolean isMultipart(HttpServletRequest request) {
        String type = request.getContentType();
        return type != null && type.startsWith(MediaType.MULTIPART_FORM_DATA_VALUE);
    }

    private void refuse(AsofException why, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        var problem = Problem.of(why.code(), String.valueOf(why.getMessage()), request, List.of());
        if (why.code().fault() == ErrorCode.Fault.RESOURCE) {
            response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if (why.code() == ErrorCode.TOO_MANY_REQUESTS) {
            logNowAndThen(problem.detail());
        } else if (why.code() == ErrorCode.UNAVAILABLE) {
            NO_ROOM.met("Bodies can't be kept in the temporary directory: {}", String.valueOf(why.getCause()));
        }
        SafeAnswers.write(problem, response, json);
    }

    /** Not each: a flood of requests must not become a flood of log lines. */
    private void logNowAndThen(String detail) {
        refused.incrementAndGet();
        long last = loggedAt.get();
        long now = System.nanoTime();
        if (now - last >= LOG_EVERY_NANOS && loggedAt.compareAndSet(last, now)) {
            LOG.warn("{} requests refused so far: {}", refused.get(), detail);
        }
    }
}
