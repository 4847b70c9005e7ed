package dev.asof.training.historical;

import dev.asof.support.TestStoresInitializer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import tools.jackson.databind.json.JsonMapper;

/** What the tests of the module's API share: one server, and a client for it. */
@SpringBootTest(
        classes = TrainingTestServer.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "asof.embedded.enabled=false",
            "asof.reader.deadline=2s",
            // of the indicators that belong to readiness, this part of a server has only some
            "management.endpoint.health.validate-group-membership=false"
        })
@ContextConfiguration(initializers = TestStoresInitializer.class)
abstract class TrainingServerTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    static final JsonMapper JSON = new JsonMapper();

    @LocalServerPort
    int port;

    @Autowired
    JdbcClient jdbc;

    URI uri(String query) {
        return URI.create("http://localhost:%s/api/v1/historical-features%s".formatted(port, query));
    }

    HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return post("", body);
    }

    HttpResponse<String> post(String query, String body) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(uri(query))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<byte[]> upload(String query, String request, String fileName, byte[] file)
            throws IOException, InterruptedException {
        var head = """
            --b\r
            Content-Disposition: form-data; name="request"\r
            Content-Type: application/json\r
            \r
            %s\r
            --b\r
            Content-Disposition: form-data; name="spine"; filename="%s"\r
            \r
            """.formatted(request, fileName);
        return CLIENT.send(
                HttpRequest.newBuilder(uri(query))
                        .header("Content-Type", "multipart/form-data; boundary=b")
                        .POST(HttpRequest.BodyPublishers.concat(
                                HttpRequest.BodyPublishers.ofString(head),
                                HttpRequest.BodyPublishers.ofByteArray(file),
                                HttpRequest.BodyPublishers.ofString("\r\n--b--\r\n")))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    /** The rows inline, the features one by one. */
    HttpResponse<String> postRows(String rows) throws IOException, InterruptedException {
        return post("{\"features\":[\"delays:*\"],\"spine\":{\"rows\":%s}}".formatted(rows));
    }

    HttpResponse<String> postSql(String sql) throws IOException, InterruptedException {
        return post("{\"features\":[\"delays:*\"],\"spine\":{\"sql\":%s}}".formatted(JSON.writeValueAsString(sql)));
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
