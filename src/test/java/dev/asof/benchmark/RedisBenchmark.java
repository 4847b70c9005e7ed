package dev.asof.benchmark;

import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What Redis itself gives, by its own tool, for strings as long as the benchmark's rows. */
final class RedisBenchmark {

    private static final int KEYS = 100_000;
    private static final int HEADER_BYTES = 18;
    /** As long as a real key, and with the number of digits that the tool puts in. */
    private static final String PREFIX = "floor:";

    private RedisBenchmark() {}

    static void print(LookupStores stores) throws IOException, InterruptedException {
        if (!isInstalled()) {
            System.out.println("The store's own floor is skipped: there is no redis-benchmark (package redis-tools)");
            return;
        }
        fill(stores, HEADER_BYTES + 10 * Double.BYTES);
        for (int connections : List.of(1, 16, 64)) {
            print(stores, connections, 1, 100_000);
            print(stores, connections, 100, 10_000);
        }
    }

    private static void fill(LookupStores stores, int length) {
        String value = "x".repeat(length);
        try (var client = RedisClient.create(stores.redis().toString());
                var connection = client.connect()) {
            for (int first = 0; first < KEYS; first += 1_000) {
                connection
                        .sync()
                        .mset(IntStream.range(first, first + 1_000)
                                .boxed()
                                .collect(Collectors.toMap(
                                        i -> PREFIX + String.format(Locale.ROOT, "%012d", i), _ -> value)));
            }
        }
    }

    private static void print(LookupStores stores, int connections, int keys, int requests)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "redis-benchmark",
                "--csv",
                "-h",
                stores.redis().getHost(),
                "-p",
                "" + stores.redis().getPort(),
                "-a",
                stores.password(),
                "-c",
                "" + connections,
                "-n",
                "" + requests,
                "-r",
                "" + KEYS,
                "MGET"));
        command.addAll(Collections.nCopies(keys, PREFIX + "__rand_int__"));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        process.waitFor();
        var fields = lines.getLast().replace("\"", "").split(",");
        var named = named(lines.getFirst().replace("\"", "").split(","), fields);
        System.out.printf(
                "redis-benchmark  MGET of %3d, %2d connections: %,9.0f requests/s, p50 %s ms, p99 %s ms%n",
                keys,
                connections,
                Double.parseDouble(named.getOrDefault("rps", "0")),
                named.get("p50_latency_ms"),
                named.get("p99_latency_ms"));
    }

    /** The command itself, in the first field, has no commas. */
    private static Map<String, String> named(String[] names, String[] values) {
        return IntStream.range(0, Math.min(names.length, values.length))
                .boxed()
                .collect(Collectors.toMap(i -> names[i], i -> values[i]));
    }

    private static boolean isInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("redis-benchmark", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
