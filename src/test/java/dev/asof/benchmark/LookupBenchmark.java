package dev.asof.benchmark;

import dev.asof.AsofApplication;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How fast lookups are, against the least that could answer them, in one run on one machine: a bare controller and a
 * bare Netty server that read the same rows of the same Redis and write the same JSON, redis-benchmark for Redis
 * itself, and Feast's Python feature server. Every server runs in a process of its own, and they are measured in turns,
 * so that noise hits all of them.
 *
 * <p>Arguments: {@code short}, {@code full} (all combinations) or single cases as {@code 1x10x16,1x10x64} (entities,
 * features, connections), which take two minutes and leave Feast and redis-benchmark out; a Python that has Feast; options for
 * the JVMs of the servers.
 */
public final class LookupBenchmark {

    private static final int ACCOUNTS = 1_000_000;
    private static final List<Integer> FEATURES = List.of(10, 50);
    private static final int ROUNDS = 2;
    private static final Duration WINDOW = Duration.ofMillis(1_500);
    /** Of each server. */
    private static final Duration WARM_UP = Duration.ofSeconds(24);
    /** Python needs longer for a sensible number of requests. */
    private static final Duration FEAST_WINDOW = Duration.ofSeconds(3);
    /** Feast takes 7,000 rows a second. */
    private static final int FEAST_ACCOUNTS = 100_000;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final List<LookupShape> MAIN_SHAPES = Stream.of(100, 1)
            .flatMap(entities -> FEATURES.stream().map(features -> new LookupShape(entities, features)))
            .toList();

    private record Case(LookupShape shape, int connections) {}

    private final Path directory;
    private final LookupStores stores;
    private final List<String> jvm;
    private final List<ServerUnderLoad> servers = new ArrayList<>();
    private final Map<LookupShape, List<byte[]>> requests = new HashMap<>();

    private LookupBenchmark(Path directory, LookupStores stores, List<String> jvm) {
        this.directory = directory;
        this.stores = stores;
        this.jvm = jvm;
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        var jvm = List.of(args[2].strip().split(" +"));
        System.out.printf("%s processors, %,d entities, servers run with %s%n", PROCESSORS, ACCOUNTS, jvm);
        var cases = cases(args[0]);
        boolean single = Character.isDigit(args[0].charAt(0));
        var features =
                cases.stream().map(each -> each.shape().features()).distinct().toList();
        try (var stores = LookupStores.filled(directory, features, ACCOUNTS)) {
            var benchmark = new LookupBenchmark(directory, stores, jvm);
            try {
                benchmark.startServers();
                benchmark.checkAnswers(cases);
                benchmark.warmUp(single ? shapes(cases) : MAIN_SHAPES);
                benchmark.measure(cases);
                if (!single) {
                    benchmark.measureFeast(args[1]);
                    RedisBenchmark.print(stores);
                }
            } finally {
                benchmark.servers.forEach(ServerUnderLoad::close);
            }
        }
        System.exit(0);
    }

    private static List<Case> cases(String asked) {
        return switch (asked) {
            case "short" -> mainCases();
            case "full" -> allCases();
            default ->
                Arrays.stream(asked.split(",")).map(LookupBenchmark::singleCase).toList();
        };
    }

    private static Case singleCase(String asked) {
        var numbers = Arrays.stream(asked.split("x")).map(Integer::valueOf).toList();
        if (numbers.size() != 3) {
            throw new IllegalArgumentException("'%s' is no case such as 1x10x16".formatted(asked));
        }
        return new Case(new LookupShape(numbers.get(0), numbers.get(1)), numbers.get(2));
    }

    private static List<LookupShape> shapes(List<Case> cases) {
        return cases.stream().map(Case::shape).distinct().toList();
    }

    private static List<Case> allCases() {
        var cases = new ArrayList<Case>();
        for (int features : FEATURES) {
            for (int entities : List.of(1, 10, 100, 500)) {
                for (int connections : List.of(1, 16, 64)) {
                    cases.add(new Case(new LookupShape(entities, features), connections));
                }
            }
        }
        return cases;
    }

    /** Each size at 16 connections, the goals' sizes at all. */
    private static List<Case> mainCases() {
        return allCases().stream()
                .filter(each -> each.connections() == 16
                        || each.shape().features() == 10
                                && (each.shape().entities() == 1 || each.shape().entities() == 100))
                .toList();
    }

    private void startServers() throws Exception {
        int asof = ServerUnderLoad.freePort();
        var arguments = new ArrayList<>(stores.arguments());
        arguments.add("--server.port=" + asof);
        servers.add(ServerUnderLoad.java(
                directory, "Asof", jvm, AsofApplication.class, asof, arguments.toArray(String[]::new)));
        int bare = ServerUnderLoad.freePort();
        arguments = new ArrayList<>(stores.arguments());
        arguments.addAll(List.of("--server.port=" + bare, "--benchmark.views=" + stores.views()));
        servers.add(ServerUnderLoad.java(
                directory, "bare controller", jvm, BareController.class, bare, arguments.toArray(String[]::new)));
        int netty = ServerUnderLoad.freePort();
        servers.add(ServerUnderLoad.java(
                directory,
                "bare Netty",
                jvm,
                BareNetty.class,
                netty,
                "" + netty,
                stores.redis().toString(),
                stores.views()));
    }

    /** All give the same answer, with the values that were written. */
    private void checkAnswers(List<Case> cases) throws IOException, InterruptedException {
        for (var each : shapes(cases)) {
            JsonNode first = null;
            for (var server : servers) {
                var answer = answer(server, requests(each).getFirst());
                if (first == null) {
                    first = answer;
                    checkValues(each, requests(each).getFirst(), answer);
                } else if (!first.get("rows").equals(answer.get("rows"))
                        || !first.get("columns").equals(answer.get("columns"))
                        || !first.get("feature_service").equals(answer.get("feature_service"))) {
                    throw new IllegalStateException("%s answers otherwise: %s".formatted(server.name(), answer));
                }
            }
        }
    }

    private static void checkValues(LookupShape shape, byte[] request, JsonNode answer) {
        var asked = JSON.readTree(body(request)).get("entities");
        for (int i = 0; i < shape.entities(); i++) {
            int account =
                    Integer.parseInt(asked.get(i).get("account_id").asString().substring(1));
            for (int feature = 0; feature < shape.features(); feature++) {
                double value =
                        answer.get("rows").get(i).get("values").get(feature).asDouble();
                if (value != LookupShape.value(account, feature)) {
                    throw new IllegalStateException("A wrong value for account " + account + ": " + answer);
                }
            }
        }
    }

    private static JsonNode answer(ServerUnderLoad server, byte[] request) throws IOException, InterruptedException {
        try (var http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var path = new String(request, StandardCharsets.US_ASCII).split(" ", 3)[1];
            var uri = URI.create("http://127.0.0.1:" + server.port() + path);
            var response = http.send(
                    HttpRequest.newBuilder(uri)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body(request)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException("%s: %s".formatted(server.name(), response.body()));
            }
            return JSON.readTree(response.body());
        }
    }

    private static String body(byte[] request) {
        return new String(request, StandardCharsets.US_ASCII).split("\r\n\r\n", 2)[1];
    }

    private List<byte[]> requests(LookupShape shape) {
        return requests.computeIfAbsent(shape, each -> each.requests(ACCOUNTS));
    }

    private void warmUp(List<LookupShape> shapes) throws IOException {
        for (var shape : shapes) {
            for (var server : servers) {
                LoadGenerator.run(server, requests(shape), 16, WARM_UP.dividedBy(shapes.size()));
            }
        }
    }

    private void measure(List<Case> cases) throws IOException {
        System.out.printf(
                "%n%8s %8s %11s  %-15s %11s %9s %9s %9s %12s %12s%n",
                "entities",
                "features",
                "connections",
                "server",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "p99.9 ms",
                "CPU µs/req",
                "CPU µs/entity");
        for (var each : cases) {
            var results = inTurns(each, servers, requests(each.shape()), WINDOW);
            results.forEach((server, result) -> printRow(each, server, result));
            var measured = List.copyOf(results.values());
            var asof = measured.get(0);
            var bare = measured.get(1);
            System.out.printf(
                    "%44s %.2f of the bare controller's requests, %.2f of its p99, %.2f of bare Netty's requests%n",
                    "",
                    asof.perSecond() / bare.perSecond(),
                    asof.percentile(0.99) / bare.percentile(0.99),
                    asof.perSecond() / measured.get(2).perSecond());
        }
    }

    private static Map<ServerUnderLoad, Measured> inTurns(
            Case each, List<ServerUnderLoad> servers, List<byte[]> requests, Duration window) throws IOException {
        var results = new LinkedHashMap<ServerUnderLoad, Measured>();
        for (int round = 0; round < ROUNDS; round++) {
            for (var server : servers) {
                results.merge(server, LoadGenerator.run(server, requests, each.connections(), window), Measured::and);
            }
        }
        return results;
    }

    private static void printRow(Case each, ServerUnderLoad server, Measured measured) {
        System.out.printf(
                "%8d %8d %11d  %-15s %,11.0f %9.2f %9.2f %9.2f %12.1f %12.2f%n",
                each.shape().entities(),
                each.shape().features(),
                each.connections(),
                server.name(),
                measured.perSecond(),
                measured.percentile(0.5),
                measured.percentile(0.99),
                measured.percentile(0.999),
                measured.cpuMicros(),
                measured.cpuMicros() / each.shape().entities());
    }

    /** With one worker, as Feast starts by default, and with one a processor. */
    private void measureFeast(String python) throws IOException, InterruptedException {
        System.out.println();
        if (!FeastServer.fill(python, directory, stores, FEATURES.getFirst(), FEAST_ACCOUNTS)) {
            return;
        }
        for (int workers : new TreeSet<>(List.of(1, PROCESSORS))) {
            try (var feast = FeastServer.start(python, directory, workers)) {
                for (int entities : List.of(1, 100)) {
                    measureFeast(feast, new Case(new LookupShape(entities, FEATURES.getFirst()), 16));
                }
            }
        }
    }

    private void measureFeast(ServerUnderLoad feast, Case each) throws IOException, InterruptedException {
        var ours = each.shape().requests(FEAST_ACCOUNTS);
        var theirs = each.shape().feastRequests(FEAST_ACCOUNTS);
        checkFeast(each.shape(), ours.getFirst(), answer(feast, theirs.getFirst()));
        LoadGenerator.run(feast, theirs, each.connections(), WINDOW);
        var asof = Measured.NOTHING;
        var other = Measured.NOTHING;
        for (int round = 0; round < ROUNDS; round++) {
            asof = asof.and(LoadGenerator.run(servers.getFirst(), ours, each.connections(), WINDOW));
            other = other.and(LoadGenerator.run(feast, theirs, each.connections(), FEAST_WINDOW));
        }
        printRow(each, servers.getFirst(), asof);
        printRow(each, feast, other);
        System.out.printf("%44s %.1f times Feast's requests%n", "", asof.perSecond() / other.perSecond());
    }

    private static void checkFeast(LookupShape shape, byte[] request, JsonNode answer) {
        var asked = JSON.readTree(body(request)).get("entities");
        var names = answer.get("metadata")
                .get("feature_names")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
        for (int i = 0; i < shape.entities(); i++) {
            int account =
                    Integer.parseInt(asked.get(i).get("account_id").asString().substring(1));
            for (int feature = 0; feature < shape.features(); feature++) {
                double value = answer.get("results")
                        .get(names.indexOf("f" + feature))
                        .get("values")
                        .get(i)
                        .asDouble();
                if (Math.abs(value - LookupShape.value(account, feature)) > 1e-9) {
                    throw new IllegalStateException("Feast has another value for account " + account);
                }
            }
        }
    }
}
