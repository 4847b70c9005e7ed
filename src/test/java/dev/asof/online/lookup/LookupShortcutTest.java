package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.servlet.HandlerMapping;

/** A lookup by the shortcut is answered, refused and counted as one that goes Spring's way. */
@AsofServerTest
class LookupShortcutTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String USUAL = "application/json";
    private static final String UNUSUAL = "application/json;q=0.9";

    @LocalServerPort
    private int port;

    @Autowired
    private LookupShortcut shortcut;

    @Autowired
    private MeterRegistry meters;

    @BeforeEach
    void define() {
        new ApiClient(port).apply("""
            kind: entity
            name: short_stop
            keys: [{name: stop, type: STRING}]
            ---
            kind: source
            name: short_calls
            type: push
            columns: [{name: at, type: TIMESTAMP, required: true}, {name: stop, type: STRING}, {name: n, type: INT64}]
            event_timestamp: at
            ---
            kind: feature_view
            name: short_view
            entities: [short_stop]
            source: short_calls
            features: [{name: n, column: n}]
            ---
            kind: feature_service
            name: short_service
            features: ["short_view:*"]
            """).expect(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"feature_service\":\"short_service\",\"entities\":[{\"stop\":\"a\"}],\"include\":[\"statuses\"]}",
                "{\"features\":[\"short_view:n\"],\"common\":{\"stop\":\"a\"},\"column_names\":\"short\"}",
                "{\"feature_service\":\"no_such_service\",\"entities\":[]}",
                "{\"feature_service\":\"short_service\",\"entities\":[{\"halt\":1}],\"colour\":2}",
                "{\"feature_service\":\"short_service\",\"entities\":[{}]}",
                "{\"feature_service\":",
                "[]",
                ""
            })
    void bothWaysAnswerTheSame(String body) throws Exception {
        var usual = post(USUAL, body);
        var other = post(UNUSUAL, body);

        assertThat(usual.statusCode()).isEqualTo(other.statusCode());
        assertThat(withoutTimesAndIds(usual.body())).isEqualTo(withoutTimesAndIds(other.body()));
        assertThat(names(usual)).isEqualTo(names(other)).contains("x-request-id", "x-trace-id", "x-frame-options");
        assertThat(usual.headers().firstValue("Content-Type"))
                .isEqualTo(other.headers().firstValue("Content-Type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            })
    void bothWaysAreTimedUnderOneName(String traceParent) throws Exception {
        String body = "{\"feature_service\":\"short_service\",\"entities\":[{\"stop\":\"a\"}]}";
        long before = timed();
        post(USUAL, body, traceParent);
        post(UNUSUAL, body, traceParent);

        // what is answered is timed a moment later
        for (int i = 0; i < 500 && timed() < before + 2; i++) {
            Thread.sleep(10);
        }
        assertThat(timed()).isEqualTo(before + 2);
    }

    private long timed() {
        return meters
                .find("http.server.requests")
                .tags("uri", OnlineFeaturesController.PATH, "method", "POST", "status", "200")
                .timers()
                .stream()
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    void theUsualLookupTakesTheShortcut() {
        var request = lookup();
        assertThat(shortcut.getHandler(request)).isNotNull();
        assertThat(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE))
                .isEqualTo(OnlineFeaturesController.PATH);
        request.addHeader("Accept", "*/*");
        assertThat(shortcut.getHandler(request)).isNotNull();
    }

    /** Whatever Spring or a check has something to say about. */
    @ParameterizedTest
    @CsvSource({
        "Accept, text/html",
        "Accept, 'application/json, text/plain'",
        "Content-Encoding, gzip",
        "Content-Encoding, ''",
        "Content-Type, text/plain",
        "Content-Type, application/json;charset=foo"
    })
    void whatIsOutOfTheOrdinaryGoesSpringsWay(String header, String value) {
        var request = lookup();
        if (header.equals("Content-Type")) {
            request.setContentType(value);
        } else {
            request.addHeader(header, value);
        }
        assertThat(shortcut.getHandler(request)).isNull();
    }

    @Test
    void otherMethodsAddressesAndParametersGoSpringsWay() {
        var get = lookup();
        get.setMethod("GET");
        var other = lookup();
        other.setRequestURI(OnlineFeaturesController.PATH + "/short_service");
        var withParameter = lookup();
        withParameter.setQueryString("int64=string");
        var withoutType = new MockHttpServletRequest("POST", OnlineFeaturesController.PATH);

        assertThat(shortcut.getHandler(get)).isNull();
        assertThat(shortcut.getHandler(other)).isNull();
        assertThat(shortcut.getHandler(withParameter)).isNull();
        assertThat(shortcut.getHandler(withoutType)).isNull();
    }

    private static MockHttpServletRequest lookup() {
        var request = new MockHttpServletRequest("POST", OnlineFeaturesController.PATH);
        request.setContentType("application/json");
        return request;
    }

    private static Set<String> names(HttpResponse<String> response) {
        return response.headers().map().keySet();
    }

    private static String withoutTimesAndIds(String body) {
        return body.replaceAll("\"(as_of|request_id|trace_id|instance)\":\"[^\"]*\"", "");
    }

    private HttpResponse<String> post(String accept, String body) throws IOException, InterruptedException {
        return post(accept, body, "");
    }

    private HttpResponse<String> post(String accept, String body, String traceParent)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%s%s".formatted(port, OnlineFeaturesController.PATH)))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(BodyPublishers.ofString(body));
        if (!traceParent.isEmpty()) {
            request.header("traceparent", traceParent);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
