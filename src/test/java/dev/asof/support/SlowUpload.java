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
    private final BufferedReader answer;
    private final String end;
    private List<String> headers = List.of();

    private SlowUpload(Socket socket, BufferedReader answer, String end) {
        this.socket = socket;
        this.answer = answer;
        this.end = end;
    }

    /** Sends a POST but for the end of its body, once the server has begun to read it. */
    public static SlowUpload begin(int port, String path, String contentType, String body) throws IOException {
        return begin(port, path, contentType, body.length(), body);
    }

    private static SlowUpload begin(int port, String path, String contentType, int length, String body)
            throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        send(socket, """
            POST %s HTTP/1.1
            Host: localhost
            Content-Type: %s
            Content-Length: %s
            Expect: 100-continue

            """.formatted(path, contentType, length).replace("\n", "\r\n"));
        var goOn = answer.readLine();
        if (!"HTTP/1.1 100 ".equals(goOn) || !answer.readLine().isEmpty()) {
            socket.close();
            throw new IOException("The server does not read the body: " + goOn);
        }
        int begun = Math.max(0, body.length() - 1);
        send(socket, body.substring(0, begun));
        return new SlowUpload(socket, answer, body.substring(begun));
    }

    /** Sends the head of a POST alone, once the server has begun to read its body. */
    public static SlowUpload announce(int port, String path, String contentType, int length) throws IOException {
        return begin(port, path, contentType, length, "");
    }

    /** Sends some more of the body. */
    public void send(String part) throws IOException {
        send(socket, part);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends the rest; the status of the answer. */
    public int finish() throws IOException {
        send(socket, end);
        return answered();
    }

    /** Waits for the answer; its status. */
    public int answered() throws IOException {
        var status = answer.readLine();
        if (status == null) {
            throw new IOException("The connection was closed without an answer");
        }
        headers = answer.lines().takeWhile(line -> !line.isEmpty()).toList();
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
