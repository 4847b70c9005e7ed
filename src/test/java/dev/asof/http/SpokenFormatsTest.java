package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Objects are spoken of in JSON alone, whatever a request asks for or says it is. */
@AsofServerTest
class SpokenFormatsTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    private HttpResponse<String> send(String method, String path, String header, String value, String body)
            throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s%s".formatted(port, path)))
                        .header(header, value)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String type(HttpResponse<String> answer) {
        return answer.headers().firstValue("Content-Type").orElse("");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/yaml",
                "application/xml",
                "application/cbor",
                "text/html",
                "foo",
                "text/*",
                "application/json; q=2",
                "application/json;charset=foo",
                "application/x-smile"
            })
    void aListIsAnsweredInJsonOrNotAtAll(String accept) throws Exception {
        var answer = send("GET", "/api/v1/entities", "Accept", accept, "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(406);
        assertThat(type(answer)).isEqualTo("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/yaml",
                "application/xml",
                "application/cbor",
                "*/*",
                "application/*",
                "foo",
                "text/yaml",
                "application/json;charset=foo",
                "application/json;charset=utf-16",
                "multipart/form-data",
                "multipart/form-data;boundary=x",
                "application/x-www-form-urlencoded"
            })
    void aBodyThatIsNotWhatItSaysIsTheCallersFault(String contentType) throws Exception {
        for (String path : List.of(
                "online-features",
                "definitions",
                "training-datasets",
                "historical-features",
                "sources/x/rows",
                "sources/x/quarantine/replay",
                "sources/draft",
                "feature-views/x/materializations")) {
            var answer = send("POST", "/api/v1/" + path, "Content-Type", contentType, "{\"nothing\": 1}");

            assertThat(answer.statusCode()).as(path + answer.body()).isBetween(400, 422);
            assertThat(type(answer)).isEqualTo("application/problem+json");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/yaml", "application/cbor", "application/xml"})
    void whatTakesJsonTakesNothingElse(String contentType) throws Exception {
        var answer =
                send("POST", "/api/v1/feature-views/x/materializations", "Content-Type", contentType, "version: 1");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(415);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST   | entities/a      | DELETE, GET, HEAD, OPTIONS, PUT
        GET    | sources/a/rows  | OPTIONS, POST
        PATCH  | online-features | OPTIONS, POST
        BREW   | entities        | GET, HEAD, OPTIONS
        DELETE | definitions     | OPTIONS, POST
        """)
    void aMethodThatIsNotSupportedIsRefusedWithThoseThatAre(String method, String path, String allowed)
            throws Exception {
        var answer = send(method, "/api/v1/" + path, "Accept", "*/*", "");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains(allowed);
        assertThat(answer.body()).contains(allowed);
    }

    @Test
    void requestIdsFromOutsideAreShortAndPlain() throws Exception {
        for (String given : List.of("a b", "x".repeat(101), "id\u00e9", "<script>", "a;b", "%0a")) {
            var answer = send("GET", "/api/v1/entities/nothing", "X-Request-Id", given, "");
            assertThat(answer.headers().firstValue("X-Request-Id").orElseThrow())
                    .matches("[0-9a-f-]{36}");
            assertThat(answer.body()).doesNotContain(given);
        }
    }
}
