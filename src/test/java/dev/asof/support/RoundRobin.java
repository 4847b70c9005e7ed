package dev.asof.support;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients behind a balancer: they send one request again and again, in turn to the servers that say they are ready, and
 * try the next one where no connection is to be had. Everything else that goes wrong counts as failed.
 */
public final class RoundRobin implements AutoCloseable {

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<ServerProcess> servers;
    private final String path;
    private final String body;
    private final Map<ServerProcess, AtomicInteger> answered = new ConcurrentHashMap<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile List<ServerProcess> ready;
    private volatile boolean stopping;

    /** Starts to send. */
    public RoundRobin(List<ServerProcess> servers, int clients, String path, String body) {
        this.servers = List.copyOf(servers);
        this.ready = this.servers;
        this.path = path;
        this.body = body;
        servers.forEach(server -> answered.put(server, new AtomicInteger()));
        threads.execute(this::check);
        for (int i = 0; i < clients; i++) {
            threads.execute(this::send);
        }
    }

    private void check() {
        while (!stopping) {
            ready = servers.stream().filter(ServerProcess::isReady).toList();
            try {
                Thread.sleep(CHECK_INTERVAL);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void send() {
        while (!stopping) {
            if (!sendToAny(ready)) {
                failures.add("no server took the request");
            }
        }
    }

    private boolean sendToAny(List<ServerProcess> candidates) {
        int first = turn.getAndIncrement();
        for (int i = 0; i < candidates.size(); i++) {
            ServerProcess server = candidates.get(Math.floorMod(first + i, candidates.size()));
            try {
                send(server);
                return true;
            } catch (ConnectException e) {
                // as a balancer: on to the next
            } catch (IOException e) {
                failures.add(String.valueOf(e));
                return true;
            }
        }
        return false;
    }

    private void send(ServerProcess server) throws IOException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1%s".formatted(server.port(), path)))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString(body))
                .build();
        try {
            var response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                answered.get(server).incrementAndGet();
            } else {
                failures.add(response.statusCode() + " " + response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many requests a server has answered. */
    public int answered(ServerProcess server) {
        return answered.get(server).get();
    }

    public List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        stopping = true;
        threads.close();
        http.close();
    }
}
