package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Rule P2: what a web page shown on a developer's machine can reach, by requests as browsers write them. */
@AsofServerTest
class ForeignRequestsTest {

    @LocalServerPort
    private int port;

    private String send(String request, String... headers) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            String head = request + "\r\n" + String.join("\r\n", headers) + (headers.length == 0 ? "" : "\r\n");
            socket.getOutputStream()
                    .write((head.replace("PORT", String.valueOf(port)) + "Connection: close\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int status(String answer) {
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }

    private String change(String... headers) throws IOException {
        var all = new java.util.ArrayList<>(List.of("Content-Length: 0"));
        all.addAll(List.of(headers));
        return send("POST /api/v1/feature-views/nothing/promote HTTP/1.1", all.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:PORT",
                "127.0.0.1:PORT",
                "[::1]:PORT",
                "[::1]",
                "LocalHost:1",
                "localhost.",
                "localhost.:PORT",
                "[0:0:0:0:0:0:0:1]",
                "[::ffff:127.0.0.1]"
            })
    void P2_theServersOwnNamesAreTaken(String host) throws IOException {
        assertThat(status(send("GET /api/v1/entities HTTP/1.1", "Host: " + host)))
                .isEqualTo(200);
        assertThat(status(change("Host: " + host))).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:PORT",
                "localhost.evil.example",
                "evil-localhost",
                "8.8.8.8",
                "127.0.0.2",
                "0.0.0.0:PORT",
                "[::2]",
                "2130706433"
            })
    void P2_aReboundHostReadsAndChangesNothing(String host) throws IOException {
        for (String path :
                List.of("/api/v1/entities", "/actuator/health", "/v3/api-docs", "/swagger-ui/index.html", "/")) {
            var answer = send("GET " + path + " HTTP/1.1", "Host: " + host, "X-Forwarded-Host: localhost");
            assertThat(status(answer)).as(answer).isEqualTo(403);
            assertThat(answer).contains("foreign_request", "asof.http.hosts", "application/problem+json");
        }
        assertThat(status(change("Host: " + host))).isEqualTo(403);
    }

    @Test
    void P2_requestsWithoutAHostAndOfAbsoluteFormAreJudgedByWhatTheyName() throws IOException {
        assertThat(status(send("GET /api/v1/entities HTTP/1.0"))).isEqualTo(200);
        assertThat(status(send("GET /api/v1/entities HTTP/1.1"))).isEqualTo(400);
        assertThat(status(send("GET http://localhost:PORT/api/v1/entities HTTP/1.1", "Host: localhost:PORT")))
                .isEqualTo(200);
        assertThat(status(send("GET http://evil.example/api/v1/entities HTTP/1.1", "Host: evil.example")))
                .isEqualTo(403);
        assertThat(status(send("GET http://evil.example/api/v1/entities HTTP/1.1", "Host: localhost")))
                .isIn(400, 403);
        assertThat(status(send("GET /api/v1/entities HTTP/1.1", "Host: localhost", "X-Forwarded-Host: evil.example")))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        Origin: http://localhost:PORT        | 404
        Origin: HTTP://LOCALHOST:PORT        | 404
        Origin: http://localhost:1           | 403
        Origin: http://localhost             | 403
        Origin: http://127.0.0.1:PORT        | 403
        Origin: https://evil.example         | 403
        Origin: http://localhost:PORT.evil.example | 403
        Origin: null                         | 403
        Origin: file://                      | 403
        Sec-Fetch-Site: same-origin          | 404
        Sec-Fetch-Site: none                 | 404
        Sec-Fetch-Site: same-site            | 403
        Sec-Fetch-Site: cross-site           | 403
        Accept: */*                          | 404
        """)
    void P2_onlyItsOwnPagesSendItChanges(String header, int expected) throws IOException {
        var answer = change("Host: localhost:PORT", header);

        assertThat(status(answer)).as(answer).isEqualTo(expected);
        assertThat(answer).doesNotContain("Access-Control-");
    }

    @Test
    void P2_aPageOfAnotherSiteReadsNothingThatItsBrowserWouldShowIt() throws IOException {
        var read = send("GET /api/v1/entities HTTP/1.1", "Host: localhost", "Origin: http://evil.example");
        assertThat(status(read)).isEqualTo(200);
        assertThat(read).doesNotContain("Access-Control-");
        var asked = send(
                "OPTIONS /api/v1/entities/x HTTP/1.1",
                "Host: localhost",
                "Origin: http://evil.example",
                "Access-Control-Request-Method: PUT");
        assertThat(asked).doesNotContain("Access-Control-Allow");
    }

    @Test
    void P2_everyAnswerTellsBrowsersNotToGuessOrFrameIt() throws IOException {
        for (String answer : List.of(
                send("GET /api/v1/entities HTTP/1.1", "Host: localhost"),
                send("GET /nothing HTTP/1.1", "Host: localhost"),
                send("GET /api/v1/entities HTTP/1.1", "Host: evil.example"),
                send("GET /api/v1/\\ HTTP/1.1", "Host: localhost"),
                send("GET /api%00 HTTP/1.1", "Host: localhost"),
                send("GET /swagger-ui/index.html HTTP/1.1", "Host: localhost"),
                send("BREW / HTTP/1.1", "Host: localhost"))) {
            assertThat(answer).contains("X-Content-Type-Options: nosniff", "X-Frame-Options: DENY");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        https://features.example.com       | features.example.com      | true
        https://features.example.com       | asof:8080                 | true
        https://features.example.com:443   | features.example.com      | true
        https://features.example.com:8443  | asof:8080                 | false
        https://features.example.com       | features.example.com:8443 | true
        http://asof:8080                   | asof:8080                 | true
        https://other.example.com          | asof:8080                 | false
        """)
    void P2_pagesServedUnderAConfiguredNameAreItsOwn(String origin, String host, boolean own) {
        var hosts = new KnownHosts(List.of("Features.example.com", "asof"));

        assertThat(hosts.isOwnOrigin(origin, host)).isEqualTo(own);
    }

    @Test
    void P2_probesByTheServersAddressGoOn() {
        var hosts = new KnownHosts(List.of("asof"));

        assertThat(hosts.isOwn("10.1.2.3:8080", "10.1.2.3")).isTrue();
        assertThat(hosts.isOwn("[fd00::5]:8080", "fd00:0:0:0:0:0:0:5")).isTrue();
        assertThat(hosts.isOwn("ASOF.:9", "10.1.2.3")).isTrue();
        assertThat(hosts.isOwn("10.1.2.4:8080", "10.1.2.3")).isFalse();
        assertThat(hosts.isOwn("", "10.1.2.3")).isFalse();
    }
}
