package dev.asof.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How many entities with how many features one request asks for, of rows that are the same everywhere. */
record LookupShape(int entities, int features) {

    private static final int ENTITIES_PREPARED = 20_000;
    private static final int REQUESTS_AT_LEAST = 200;

    static String account(int number) {
        return String.format(Locale.ROOT, "a%012d", number);
    }

    /** Nearly all of its values need 16 or 17 digits, the most there can be. */
    static double value(int account, int feature) {
        return Math.sin(account * 64.0 + feature) * 1000;
    }

    static String viewName(int features) {
        return "activity_" + features;
    }

    List<String> featureNames() {
        return IntStream.range(0, features).mapToObj(i -> "f" + i).toList();
    }

    /** Requests for random accounts, in the form that Asof and the floors read. */
    List<byte[]> requests(int accounts) {
        return bodies(
                        accounts,
                        numbers -> numbers.mapToObj(n -> "{\"account_id\":\"%s\"}".formatted(account(n)))
                                .collect(Collectors.joining(
                                        ",",
                                        "{\"feature_service\":\"model_%s\",\"entities\":[".formatted(features),
                                        "]}")))
                .stream()
                .map(body -> LoadGenerator.post("/api/v1/online-features", body))
                .toList();
    }

    /** The same requests as Feast reads them. */
    List<byte[]> feastRequests(int accounts) {
        String references = featureNames().stream()
                .map(feature -> "\"%s:%s\"".formatted(viewName(features), feature))
                .collect(Collectors.joining(","));
        return bodies(
                        accounts,
                        numbers -> numbers.mapToObj(n -> "\"%s\"".formatted(account(n)))
                                .collect(Collectors.joining(
                                        ",",
                                        "{\"features\":[%s],\"entities\":{\"account_id\":[".formatted(references),
                                        "]}}")))
                .stream()
                .map(body -> LoadGenerator.post("/get-online-features", body))
                .toList();
    }

    private List<String> bodies(int accounts, java.util.function.Function<IntStream, String> body) {
        var random = new Random(entities * 1_000L + features);
        var bodies = new ArrayList<String>();
        for (int i = 0; i < Math.max(REQUESTS_AT_LEAST, ENTITIES_PREPARED / entities); i++) {
            bodies.add(body.apply(random.ints(entities, 0, accounts)));
        }
        return bodies;
    }
}
