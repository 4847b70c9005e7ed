package dev.asof.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A request that is under way until a test ends it: its body is sent but for the last byte. */
public final class SlowUpload implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Socket socket;
    private final String end;
    private List<String> headers = List.of();

    private SlowUpload(Socket socket, String end) {
        this.socket = socket;
        this.end = end;
    }

    /** Sends a POST but for the end of its body. */
    public static SlowUpload begin(int port, String path, String contentType, String body) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        var request = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(path, contentType, body.length(), body.substring(0, body.length() - 1));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return new SlowUpload(socket, body.substring(body.length() - 1));
    }

    /** Sends the rest; the status of the answer. */
    public int finish() throws IOException {
        socket.getOutputStream().write(end.getBytes(StandardCharsets.US_ASCII));
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        var status = reader.readLine();
        if (status == null) {
            throw new IOException("The connection was closed without an answer");
        }
        headers = reader.lines().takeWhile(line -> !line.isEmpty()).toList();
        return Integer.parseInt(status.split(" ")[1]);
    }

    /** The header lines of the answer. */
    public List<String> headers() {
        return headers;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
