package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.ErrorCode;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.InputBuffer;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.jspecify.annotations.Nullable;

/**
 * Ends requests whose bodies come too slowly, whoever reads them, Tomcat's own reading of multipart bodies included. What
 * counts is the time that reading has waited for the sender; a server that is busy makes no sender slow. A small body that
 * came with its head is nobody's to wait for.
 */
final class BodyPace extends ValveBase {

    private static final String ATTRIBUTE = BodyPace.class.getName();

    /** While a body of more bytes comes, it needs a place. */
    private static final long FREE_BYTES = 16 << 10;

    private static final Arrival ALREADY_THERE = lane -> () -> {};

    private final LimitsProperties limits;

    /** A request's body on its way. */
    @FunctionalInterface
    interface Arrival {

        /** Has the body take a place of a lane when more than its beginning has come, until what is answered is closed. */
        Place arrivingOn(Lane lane);
    }

    /** A place in a lane, or none. */
    @FunctionalInterface
    interface Place extends AutoCloseable {

        @Override
        void close();
    }

    BodyPace(LimitsProperties limits) {
        super(true);
        this.limits = limits;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        var coyote = request.getCoyoteRequest();
        long length = coyote.getContentLengthLong();
        InputBuffer arriving = coyote.getInputBuffer();
        if (length < 0 ? !isChunked(request) : length <= arriving.available()) {
            getNext().invoke(request, response);
            return;
        }
        var paced = new Paced(arriving);
        request.setAttribute(ATTRIBUTE, paced);
        coyote.setInputBuffer(paced);
        try {
            getNext().invoke(request, response);
        } finally {
            coyote.setInputBuffer(arriving);
        }
    }

    static Arrival of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Arrival arrival ? arrival : ALREADY_THERE;
    }

    private static boolean isChunked(Request request) {
        return request.getHeader("Transfer-Encoding") != null;
    }

    private final class Paced implements InputBuffer, Arrival, Place {

        private final InputBuffer arriving;
        private long waitedNanos;
        private long received;
        private @Nullable Lane lane;
        private boolean hasPlace;

        Paced(InputBuffer arriving) {
            this.arriving = arriving;
        }

        @Override
        public int doRead(ApplicationBufferHandler handler) throws IOException {
            long begin = System.nanoTime();
            int read = arriving.doRead(handler);
            waitedNanos += System.nanoTime() - begin;
            if (read > 0) {
                received += read;
                checkPace();
                takePlace();
            }
            return read;
        }

        @Override
        public Place arrivingOn(Lane lane) {
            this.lane = lane;
            return this;
        }

        private void takePlace() {
            if (lane == null || hasPlace || received <= FREE_BYTES) {
                return;
            }
            if (!lane.enter(0)) {
                throw lane.full();
            }
            hasPlace = true;
        }

        @Override
        public void close() {
            if (lane != null && hasPlace) {
                lane.leave(0);
            }
            lane = null;
            hasPlace = false;
        }

        private void checkPace() {
            long beyondGrace = waitedNanos - limits.bodyGrace().toNanos();
            if (beyondGrace <= 0) {
                return;
            }
            double least = (double) limits.leastBodyRate().toBytes() * beyondGrace / TimeUnit.SECONDS.toNanos(1);
            if (received < least || waitedNanos > limits.longestBody().toNanos()) {
                throw new AsofException(
                        ErrorCode.BODY_TOO_SLOW,
                        "Of the body %s bytes came in %s: send at least %s bytes a second, and all within %s"
                                .formatted(
                                        received,
                                        Durations.format(
                                                Duration.ofSeconds(TimeUnit.NANOSECONDS.toSeconds(waitedNanos))),
                                        limits.leastBodyRate().toBytes(),
                                        Durations.format(limits.longestBody())));
            }
        }

        @Override
        public int available() {
            return arriving.available();
        }
    }
}
