package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

@AsofServerTest
class AsofServerTestTest {

    @LocalServerPort
    private int port;

    @Test
    void theServerAnswersWithItsStoresUp() throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://localhost:%d/actuator/health".formatted(port))).build();

            assertThat(client.send(request, BodyHandlers.ofString()).body()).contains("\"UP\"");
        }
    }
}
