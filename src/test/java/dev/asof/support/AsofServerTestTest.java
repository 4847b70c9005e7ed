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
            var health = URI.create("http://localhost:%s/actuator/health".formatted(port));

            var response = client.send(HttpRequest.newBuilder(health).build(), BodyHandlers.ofString());

            assertThat(response.body()).contains("\"UP\"");
        }
    }
}
