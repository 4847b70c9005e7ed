package dev.asof.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Sends prepared HTTP/1.1 requests over kept-alive connections, the next as soon as one is answered. One thread and no
 * library: it must cost little beside the server that it shares the machine with. A connection that the server closes
 * is opened again.
 */
final class LoadGenerator {

    private static final Duration SETTLE = Duration.ofMillis(250);
    private static final byte[] OK = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LARGEST_ANSWER = 4 << 20;

    private enum Received {
        PART,
        ALL,
        CLOSED
    }

    /** A connection with the answer it waits for. */
    private static final class Client {

        private final SocketChannel channel;
        private final ByteBuffer answer = ByteBuffer.allocate(LARGEST_ANSWER);
        private int length = -1;
        private long sentAt;
        private ByteBuffer unsent = ByteBuffer.allocate(0);

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        /** Whether all is sent. */
        boolean send(byte[] request) throws IOException {
            answer.clear();
            length = -1;
            sentAt = System.nanoTime();
            unsent = ByteBuffer.wrap(request);
            return sendRest();
        }

        boolean sendRest() throws IOException {
            channel.write(unsent);
            return !unsent.hasRemaining();
        }

        /** Whether the server has closed the connection, or else the whole answer is there. */
        Received receive() throws IOException {
            if (channel.read(answer) < 0) {
                return Received.CLOSED;
            }
            if (length < 0) {
                length = lengthOfAnswer();
            }
            boolean whole = length == 0 ? endsWith(LAST_CHUNK) : length > 0 && answer.position() >= length;
            return whole ? Received.ALL : Received.PART;
        }

        /** -1 before the head is whole, 0 when the answer comes in chunks. */
        private int lengthOfAnswer() throws IOException {
            int head = endOfHead();
            if (head < 0) {
                return -1;
            }
            String text = new String(answer.array(), 0, head, StandardCharsets.US_ASCII);
            if (!text.startsWith(new String(OK, StandardCharsets.US_ASCII))) {
                throw new IOException(
                        "Refused: " + new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8));
            }
            int header = text.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
            if (header < 0) {
                return 0;
            }
            int from = header + "content-length: ".length();
            return head + Integer.parseInt(text.substring(from, text.indexOf('\r', from)));
        }

        private int endOfHead() {
            byte[] bytes = answer.array();
            for (int i = 0; i + 4 <= answer.position(); i++) {
                if (bytes[i] == '\r' && Arrays.equals(bytes, i, i + 4, END_OF_HEAD, 0, 4)) {
                    return i + 4;
                }
            }
            return -1;
        }

        private boolean endsWith(byte[] suffix) {
            int end = answer.position();
            return end >= suffix.length
                    && Arrays.equals(answer.array(), end - suffix.length, end, suffix, 0, suffix.length);
        }
    }

    private final ServerUnderLoad server;
    private final List<byte[]> requests;
    private final long[] latencies = new long[4_000_000];
    private int answered;
    private int next;
    private boolean measuring;

    private LoadGenerator(ServerUnderLoad server, List<byte[]> requests) {
        this.server = server;
        this.requests = requests;
        this.next = Math.floorMod(System.nanoTime(), requests.size());
    }

    /** An HTTP request with a JSON body. */
    static byte[] post(String path, String body) {
        return "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s"
                .formatted(path, body.length(), body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Puts a server under load for a time, after a moment that is not counted. */
    static Measured run(ServerUnderLoad server, List<byte[]> requests, int connections, Duration time)
            throws IOException {
        return new LoadGenerator(server, requests).run(connections, time);
    }

    private Measured run(int connections, Duration time) throws IOException {
        try (var selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                connect(selector);
            }
            loop(selector, System.nanoTime() + SETTLE.toNanos());
            measuring = true;
            Duration cpuBefore = server.processorTime();
            long begin = System.nanoTime();
            loop(selector, begin + time.toNanos());
            long nanos = System.nanoTime() - begin;
            Duration cpu = server.processorTime().minus(cpuBefore);
            for (var key : selector.keys()) {
                key.channel().close();
            }
            return new Measured(Arrays.copyOf(latencies, answered), nanos, cpu.toNanos());
        }
    }

    private void connect(Selector selector) throws IOException {
        var channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        var client = new Client(channel);
        send(channel.register(selector, SelectionKey.OP_READ, client), client);
    }

    private void loop(Selector selector, long end) throws IOException {
        while (System.nanoTime() < end) {
            selector.select(100);
            for (var key : selector.selectedKeys()) {
                serve(selector, key);
            }
            selector.selectedKeys().clear();
        }
    }

    private void serve(Selector selector, SelectionKey key) throws IOException {
        var client = (Client) key.attachment();
        if (key.isWritable()) {
            if (client.sendRest()) {
                key.interestOps(SelectionKey.OP_READ);
            }
            return;
        }
        switch (client.receive()) {
            case PART -> {}
            case CLOSED -> {
                key.channel().close();
                connect(selector);
            }
            case ALL -> {
                if (measuring && answered < latencies.length) {
                    latencies[answered++] = System.nanoTime() - client.sentAt;
                }
                send(key, client);
            }
        }
    }

    private void send(SelectionKey key, Client client) throws IOException {
        if (!client.send(request())) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private byte[] request() {
        next = next + 1 == requests.size() ? 0 : next + 1;
        return requests.get(next);
    }
}
