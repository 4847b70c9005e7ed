package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.BackgroundLoops;
import dev.asof.support.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.DelegatingServletInputStream;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

@Timeout(30)
class RequestLimitsTest {

    private static final String LOOKUP = "/api/v1/online-features";
    private static final String ROWS = "/api/v1/sources/flights/rows";
    private static final String DEFINITIONS = "/api/v1/definitions";
    private static final int LIMIT = 2;

    private final RequestLimits limits = new RequestLimits(
            new LimitsProperties(
                    LIMIT,
                    LIMIT,
                    LIMIT,
                    DataSize.ofKilobytes(64),
                    DataSize.ofKilobytes(16),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(15)),
            new RequestThreads(
                    Tracer.NOOP, new ClientWatch(new BackgroundLoops(new SimpleMeterRegistry(), _ -> false))),
            JsonMapper.shared());

    /** An endpoint that answers when it is told to. */
    private static final class Busy implements FilterChain {

        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicInteger underWay = new AtomicInteger();

        @Override
        public void doFilter(ServletRequest request, ServletResponse response) {
            underWay.incrementAndGet();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                underWay.decrementAndGet();
            }
        }
    }

    private static MockHttpServletRequest post(String path, byte[] body) {
        var request = new MockHttpServletRequest("POST", path);
        request.setServletPath(path);
        request.setContent(body);
        request.setContentType("application/json");
        return request;
    }

    private MockHttpServletResponse send(HttpServletRequest request, FilterChain chain) throws Exception {
        var response = new MockHttpServletResponse();
        limits.doFilter(request, response, chain);
        return response;
    }

    private MockHttpServletResponse send(String path, int bytes) throws Exception {
        return send(post(path, new byte[bytes]), (_, _) -> {});
    }

    @ParameterizedTest
    @CsvSource({LOOKUP + "," + ROWS, ROWS + "," + DEFINITIONS, DEFINITIONS + "," + LOOKUP})
    void moreOfAKindThanTheLimitAreRefusedAndOthersAreTaken(String path, String other) throws Exception {
        var busy = new Busy();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < LIMIT; i++) {
                clients.submit(() -> send(post(path, new byte[10]), busy));
            }
            Eventually.until(() -> busy.underWay.get() == LIMIT, busy.underWay::get);

            var refused = send(path, 10);
            assertThat(refused.getStatus()).isEqualTo(429);
            assertThat(refused.getHeader("Retry-After")).isEqualTo("1");
            assertThat(refused.getContentAsString()).contains("too_many_requests");
            assertThat(send(other, 10).getStatus()).isEqualTo(200);
            assertThat(send("/actuator/health", 0).getStatus()).isEqualTo(200);
            busy.end.countDown();
        }
        assertThat(send(path, 10).getStatus()).isEqualTo(200);
    }

    @Test
    void bodiesThatHoldTooMuchMemoryTogetherAreRefusedButOneAloneMayBeLarger() throws Exception {
        var busy = new Busy();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            clients.submit(() -> send(post(LOOKUP, new byte[100_000]), busy));
            Eventually.until(() -> busy.underWay.get() == 1, busy.underWay::get);

            assertThat(send(LOOKUP, 10).getStatus()).isEqualTo(429);
            busy.end.countDown();
        }
        assertThat(send(LOOKUP, 10).getStatus()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16 << 10, (16 << 10) + 1, 256 << 10, (256 << 10) + 1, 3_000_000})
    void aBodyIsReadAsItWasSent(int bytes) throws Exception {
        byte[] body = new byte[bytes];
        new Random(bytes).nextBytes(body);
        for (boolean chunked : List.of(true, false)) {
            var read = new AtomicReference<byte @Nullable []>();
            var request = new MockHttpServletRequest("POST", ROWS) {
                @Override
                public long getContentLengthLong() {
                    return chunked ? -1 : bytes;
                }
            };
            request.setServletPath(ROWS);
            request.setContent(body);
            request.addHeader(chunked ? "Transfer-Encoding" : "X-Sized", "chunked");

            var answer = send(
                    request, (received, _) -> read.set(received.getInputStream().readAllBytes()));

            assertThat(answer.getStatus()).isEqualTo(200);
            assertThat(read.get()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @CsvSource({LOOKUP + ",true", ROWS + ",true", DEFINITIONS + ",false", "/v3/api-docs,false"})
    void whatMayUseUpAProcessorIsNotDoneOnAVirtualThread(String path, boolean virtual) throws Exception {
        assertThat(isVirtual(path, 10)).isEqualTo(virtual);
        if (path.equals(ROWS)) {
            assertThat(isVirtual(path, 100_000)).isFalse();
        }
    }

    private boolean isVirtual(String path, int bytes) throws Exception {
        var virtual = new ArrayList<Boolean>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        send(
                                post(path, new byte[bytes]),
                                (_, _) -> virtual.add(Thread.currentThread().isVirtual()));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .join();
        return virtual.getFirst();
    }

    @Test
    void aWaiterThatIsInterruptedLeavesTheRequestToNobodyElse() throws Exception {
        var ended = new AtomicInteger();
        var begun = new CountDownLatch(1);
        var waiter = Thread.ofVirtual().start(() -> {
            try {
                send(post(DEFINITIONS, new byte[1]), (_, _) -> {
                    begun.countDown();
                    long end = System.nanoTime() + Duration.ofMillis(200).toNanos();
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    ended.incrementAndGet();
                });
            } catch (Exception e) {
                ended.addAndGet(10);
            } finally {
                ended.addAndGet(100);
            }
        });
        begun.await();
        waiter.interrupt();
        waiter.join();

        assertThat(ended).as("answered, then interrupted, then left").hasValue(111);
    }

    @Test
    void aBodyThatEndsEarlyOrIsTooLargeIsRefused() throws Exception {
        var broken = new MockHttpServletRequest("POST", ROWS) {
            @Override
            public ServletInputStream getInputStream() {
                return new DelegatingServletInputStream(new java.io.InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new EOFException("gone");
                    }
                });
            }
        };
        broken.setServletPath(ROWS);
        broken.setContent(new byte[100]);
        var answer = send(broken, (_, _) -> {});
        assertThat(answer.getStatus()).isEqualTo(400);
        assertThat(answer.getContentAsString()).contains("ended early");

        answer = send(LOOKUP, (16 << 20) + 1);
        assertThat(answer.getStatus()).isEqualTo(413);
        assertThat(answer.getContentAsString()).contains("payload_too_large");
    }
}
