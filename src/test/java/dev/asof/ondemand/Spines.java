package dev.asof.ondemand;

import dev.asof.support.ApiClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Sends spines as files. */
final class Spines {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Spines() {}

    static ApiClient.Answer upload(int port, String request, String fileName, String file) {
        return upload(port, request, fileName, file.getBytes(StandardCharsets.UTF_8));
    }

    static ApiClient.Answer upload(int port, String request, String fileName, byte[] file) {
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
        var sent = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1/historical-features".formatted(port)))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.concat(
                        BodyPublishers.ofString(head),
                        BodyPublishers.ofByteArray(file),
                        BodyPublishers.ofString("\r\n--b--\r\n")))
                .build();
        try {
            var response = HTTP.send(sent, HttpResponse.BodyHandlers.ofString());
            return new ApiClient.Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
