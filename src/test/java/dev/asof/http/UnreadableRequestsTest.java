package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import jakarta.servlet.ServletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.mock.web.MockHttpServletRequest;

/** What fails before any controller sees it is the caller's fault all the same. */
@AsofServerTest
class UnreadableRequestsTest {

    @LocalServerPort
    private int port;

    @Test
    void unreadableParametersAreAProblem() {
        var answer = new ApiClient(port).get("/entities?=x").expect(400).json();

        assertThat(answer.path("code").asString()).isEqualTo("malformed_request");
        assertThat(answer.path("detail").asString()).startsWith("The query parameters can't be decoded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/online-store/rebuild", "/sources/flights/rows", "/historical-features"})
    void multipartWithoutABoundaryIsMalformed(String path) {
        var answer = new ApiClient(port)
                .post(path, "multipart/form-data", "x")
                .expect(400)
                .json();

        assertThat(answer.path("code").asString()).isEqualTo("malformed_request");
        assertThat(answer.path("detail").asString()).startsWith("The multipart body can't be read");
    }

    /** What is read by recursion is bounded before; should a bound be too high, it is still no fault of the server. */
    @Test
    void whatOverflowsTheStackIsTheCallersFault() {
        var failure =
                new IllegalStateException(new ServletException("Handler dispatch failed", new StackOverflowError()));

        var answer = new ProblemAdvice().on(failure, new MockHttpServletRequest("POST", "/api/v1/definitions"));

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(answer.getBody())
                .isNotNull()
                .extracting(Problem::detail)
                .asString()
                .contains("nested too deep");
    }
}
