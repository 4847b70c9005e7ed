package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that break HTTP itself, written to the socket by hand. */
@Timeout(30)
class BrokenConnectionsTest extends BadInputTestBase {

    private static final String LINE = "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\"}\n";
    private static final String CSV_LINES = "ts,card\n2026-01-01T00:00:00Z,a\n";
    private static final int LONG_LINE = 100_000_000;
    private static final long LITTLE_MEMORY = 48L << 20;

    private interface Body {
        void write(OutputStream out) throws IOException;
    }

    @BeforeEach
    void defineSource() {
        define();
    }

    private String head(String contentType, String framing) {
        return head("sources/" + name + "_tx/rows", contentType, framing);
    }

    private static String head(String path, String contentType, String framing) {
        return "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: %s\r\n%s\r\n\r\n"
                .formatted(path, contentType, framing);
    }

    /** Sends a request, then nothing more; the answer may not come at all. */
    private String exchange(String head, Body body) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) Duration.ofSeconds(25).toMillis());
            var out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.UTF_8));
            body.write(out);
            out.flush();
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String exchange(String head, String body) throws IOException {
        return exchange(head, out -> out.write(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static void assertRefused(String answer, int status) {
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("application/problem+json");
    }

    @Test
    void aBodyCutBetweenTwoRowsStoresNothing() throws IOException {
        for (String type : List.of(NDJSON, CSV, JSON, PARQUET)) {
            String rows = type.equals(CSV) ? CSV_LINES : LINE;
            assertRefused(exchange(head(type, "Content-Length: 5000"), rows), 400);
        }
        assertNothingStored();
    }

    @Test
    void aLongBodyCutBetweenTwoRowsStoresNothing() throws IOException {
        assertRefused(exchange(head(NDJSON, "Content-Length: 9000000"), LINE.repeat(20_000)), 400);
        assertRefused(exchange(head(CSV, "Content-Length: 9000000"), CSV_LINES.repeat(20_000)), 400);
        assertNothingStored();
    }

    @Test
    void aChunkedBodyWithoutItsEndStoresNothing() throws IOException {
        String chunk = String.format(Locale.ROOT, "%x\r\n%s\r\n", LINE.length(), LINE);
        assertRefused(exchange(head(NDJSON, "Transfer-Encoding: chunked"), chunk), 400);
        assertRefused(exchange(head(NDJSON, "Transfer-Encoding: chunked"), chunk + "zz\r\n"), 400);
        assertNothingStored();
        assertThat(exchange(head(NDJSON, "Transfer-Encoding: chunked"), chunk + "0\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void aConnectionClosedAtOnceStoresNothing() throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            var out = socket.getOutputStream();
            out.write((head(NDJSON, "Content-Length: 5000") + LINE).getBytes(StandardCharsets.UTF_8));
            out.flush();
            socket.setSoLinger(true, 0);
        }
        rows(NDJSON, LINE).accepted();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void definitionsAndLookupsCutInTheMiddleAreRefused() throws IOException {
        for (String path : List.of(
                "definitions application/yaml",
                "online-features application/json",
                "historical-features application/json",
                "sources/draft text/csv")) {
            var request = path.split(" ");
            var head = head(request[0], request[1], "Content-Length: 500");
            assertRefused(exchange(head, "kind: entity\nname: cut_entity\nkeys: [{name: k, type: STRING}]\n"), 400);
        }
        get("/entities/cut_entity").refused(404, "not_found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: abc",
                "Content-Length: -5",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 99999999999999999999",
                "Transfer-Encoding: what"
            })
    void framingThatIsNotHttpIsRefused(String framing) throws IOException {
        assertRefused(exchange(head(NDJSON, framing), LINE), 400);
        assertNothingStored();
    }

    @Test
    void aContentLengthShorterThanTheBodyRefusesTheCutRow() throws IOException {
        assertRefused(exchange(head(NDJSON, "Content-Length: 20"), LINE), 400);
        assertNothingStored();
    }

    @ParameterizedTest
    @ValueSource(strings = {NDJSON, CSV, JSON})
    void aLineOf100MegabytesIsRefusedWithoutBeingHeldInMemory(String type) throws IOException {
        String start = switch (type) {
            case CSV -> "ts,card\n2026-01-01T00:00:00Z,";
            case JSON -> "{\"rows\":[{\"card\":\"";
            default -> "{\"card\":\"";
        };
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        String answer = exchange(head(type, "Content-Length: " + (start.length() + LONG_LINE)), out -> {
            out.write(start.getBytes(StandardCharsets.UTF_8));
            byte[] part = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            for (int sent = 0; sent < LONG_LINE; sent += part.length) {
                out.write(part);
            }
        });
        assertRefused(answer, 400);
        assertThat(answer).contains("1048576");
        assertThat(threads.getTotalThreadAllocatedBytes() - before).isLessThan(LITTLE_MEMORY);
        assertNothingStored();
    }
}
