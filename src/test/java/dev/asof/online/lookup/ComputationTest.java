package dev.asof.online.lookup;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.row.TestViews;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.EvaluationException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** On-demand features against their programs evaluated by hand, and what they may cost. */
class ComputationTest extends LookupTestBase {

    private static final Map<String, ScalarType> NUMBERS =
            new LinkedHashMap<>(Map.of("x", ScalarType.FLOAT64, "y", ScalarType.INT64));

    private final RegisteredView user =
            TestViews.view(1, "user", Map.of("user_id", ScalarType.INT64), NUMBERS, Optional.empty());
    private final RegisteredView item =
            TestViews.view(2, "item", Map.of("item_id", ScalarType.INT64), NUMBERS, Optional.empty());

    private final Map<RegisteredView, Map<Long, @Nullable Object[]>> stored = new HashMap<>();

    /** All FLOAT64, of {@code user} and {@code item}, and of the first view those of the second. */
    private static final List<String> FIRST = List.of(
            "user.x + item.x",
            "user.y / item.y",
            "coalesce(user.x, item.x, request.a)",
            "request.a * 2",
            "request.a / request.b",
            "user.x - 1",
            "item.x * request.b",
            "seconds_between(timestamp('2026-01-01T00:00:00Z'), as_of)");

    private static final List<String> SECOND = List.of(
            "first.f0 + first.f1",
            "coalesce(first.f2, 0.5)",
            "first.f3 + request.b",
            "first.f4 / user.y",
            "coalesce(first.f1, first.f4, -1.0)",
            "item.y * 1.5");

    @BeforeEach
    void flush() {
        empty();
    }

    private static Map<String, String> numbered(List<String> expressions) {
        var named = new LinkedHashMap<String, String>();
        for (int i = 0; i < expressions.size(); i++) {
            named.put("f" + i, expressions.get(i));
        }
        return named;
    }

    private void writeSome(Random random, RegisteredView view) {
        var rows = new HashMap<Long, @Nullable Object[]>();
        for (long key = 0; key < 3; key++) {
            if (random.nextInt(4) > 0) {
                var values = new @Nullable Object[2];
                for (int i = 0; i < 2; i++) {
                    boolean isFloat = view.features().get(i).type() == ScalarType.FLOAT64;
                    values[i] = random.nextInt(4) == 0
                            ? null
                            : isFloat ? (Object) (double) random.nextInt(3) : (Object) (long) random.nextInt(3);
                }
                rows.put(key, values);
                write(view, List.of(key), NOW.minusSeconds(60), values);
            }
        }
        stored.put(view, rows);
    }

    private record Expected(@Nullable Object value, String status) {}

    /** By recursion, without anything kept. */
    private Expected expected(FeatureSelection selection, Origin origin, Map<String, @Nullable Object> row) {
        return switch (origin) {
            case Origin.OfView from -> {
                var view = selection.views().get(from.view());
                var found = requireNonNull(stored.get(view.view()))
                        .get(row.get(view.keyColumns().getFirst()));
                yield new Expected(found == null ? null : found[from.feature()], "PRESENT");
            }
            case Origin.Computed(int position, int feature) -> {
                var view = selection.onDemand().get(position);
                var program = view.view().features().get(feature);
                var values = new @Nullable Object[view.view().rowLength()];
                boolean failed = false;
                for (int input : program.reads()) {
                    var of = expected(selection, view.inputs().get(input), row);
                    values[input] = of.value();
                    failed |= of.status().equals("ERROR");
                }
                for (int i = 0; i < view.view().request().size(); i++) {
                    values[view.inputs().size() + i] =
                            row.get(view.view().request().get(i).name());
                }
                values[values.length - 1] = NOW;
                try {
                    Object value = program.program().evaluate(values);
                    yield new Expected(value, failed ? "ERROR" : value == null ? "NULL_VALUE" : "PRESENT");
                } catch (EvaluationException e) {
                    yield new Expected(null, "ERROR");
                }
            }
        };
    }

    @Test
    void C1_everyFeatureOfEveryRowIsWhatItsProgramGives() throws Exception {
        var request = new LinkedHashMap<String, ScalarType>();
        request.put("a", ScalarType.FLOAT64);
        request.put("b", ScalarType.FLOAT64);
        var views = new OnDemandViews(user, item)
                .add("first", request, numbered(FIRST))
                .add("second", request, numbered(SECOND));
        for (int round = 0; round < 150; round++) {
            var random = new Random(round);
            empty();
            writeSome(random, user);
            writeSome(random, item);
            var answered = new ArrayList<Origin.Computed>();
            IntStream.range(0, FIRST.size()).forEach(i -> answered.add(new Origin.Computed(0, i)));
            IntStream.range(0, SECOND.size()).forEach(i -> answered.add(new Origin.Computed(1, i)));
            Collections.shuffle(answered, random);
            var selection = views.selection(answered.subList(0, 1 + random.nextInt(answered.size())));
            registry.addService("s", selection);
            lookups = lookups(heavy);
            check(random, selection);
        }
    }

    private void check(Random random, FeatureSelection selection) {
        var shared = new HashMap<String, @Nullable Object>();
        var own = new ArrayList<String>();
        for (String name : List.of("user_id", "item_id", "a", "b")) {
            if (!selection.requestKeys().containsKey(name)
                    && !selection.requestValues().containsKey(name)) {
                continue;
            }
            if (random.nextInt(3) == 0) {
                shared.put(name, value(random, name));
            } else {
                own.add(name);
            }
        }
        var rows = IntStream.range(0, 1 + random.nextInt(5))
                .mapToObj(_ -> {
                    var row = new HashMap<String, @Nullable Object>();
                    own.forEach(name -> row.put(name, value(random, name)));
                    return row;
                })
                .toList();
        boolean hasCommon = !shared.isEmpty() || random.nextBoolean();
        var answer = answer("{'feature_service':'s',%s'entities':%s,'include':['statuses']}"
                .formatted(
                        hasCommon ? "'common':" + json(shared) + "," : "",
                        rows.stream().map(ComputationTest::json).toList()));
        for (int i = 0; i < rows.size(); i++) {
            var row = new HashMap<>(rows.get(i));
            row.putAll(shared);
            for (var column : selection.columns()) {
                var expected = expected(selection, column.origin(), row);
                assertThat(found(answer, column.name(), i))
                        .describedAs("%s of %s in %s", column.name(), row, answer)
                        .isEqualTo(expected);
            }
        }
    }

    private static @Nullable Object value(Random random, String name) {
        if (random.nextInt(6) == 0) {
            return null;
        }
        return name.endsWith("_id") ? (Object) (long) random.nextInt(4) : (Object) (double) random.nextInt(3);
    }

    private static String json(Map<String, @Nullable Object> row) {
        return row.entrySet().stream()
                .map(entry -> "'%s':%s".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** In common or in the row, but not in both. */
    private static Expected found(JsonNode answer, String column, int row) {
        var own = found(answer.get("columns"), answer.get("rows").get(row), column);
        var once = answer.has("common")
                ? found(answer.get("common").get("columns"), answer.get("common"), column)
                : Optional.<Expected>empty();
        assertThat(own.isPresent()).describedAs(column).isNotEqualTo(once.isPresent());
        return own.or(() -> once).orElseThrow();
    }

    private static Optional<Expected> found(JsonNode columns, JsonNode row, String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).asString().equals(column)) {
                var value = row.get("values").get(i);
                return Optional.of(new Expected(
                        value.isNull() ? null : value.asDouble(),
                        row.get("statuses").get(i).asString()));
            }
        }
        return Optional.empty();
    }

    private static String rows(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{'user_id':" + i + ",'b':" + i + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String lookup(int elements, int rows) {
        return "{'feature_service':'s','common':{'list':%s},'entities':%s,'include':['statuses']}"
                .formatted(Collections.nCopies(elements, 1), rows(rows));
    }

    private static boolean awaited(CountDownLatch end) {
        try {
            return end.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void define(String expression) throws Exception {
        var request = new LinkedHashMap<String, ValueType>();
        request.put("list", ListType.of(ScalarType.FLOAT64));
        request.put("b", ScalarType.INT64);
        registry.addService(
                "s",
                new OnDemandViews(user)
                        .add("first", request, Map.of("f", expression))
                        .selection(List.of(new Origin.Computed(0, 0))));
        lookups = lookups(heavy);
    }

    @Test
    void whatTakesManyStepsIsAnsweredAllTheSame() throws Exception {
        define("sum(request.list) / request.b");

        var rows = answer(lookup(200_000, 5)).get("rows");

        assertThat(rows).hasSize(5);
        assertJson(rows.get(0), "{'values':[null],'statuses':['ERROR']}");
        assertJson(rows.get(4), "{'values':[50000.0],'statuses':['PRESENT']}");
    }

    @Test
    @Timeout(60)
    void whatTakesManyStepsWaitsForItsTurnAndNothingElseDoes() throws Exception {
        define("sum(request.list) / request.b");
        var loops = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
        var end = new CountDownLatch(1);
        try (var one = new HeavyWork(1, Duration.ofMillis(50), Duration.ofSeconds(30), loops);
                var others = Executors.newVirtualThreadPerTaskExecutor()) {
            var begun = new CountDownLatch(1);
            others.submit(() -> one.run("Waiting", () -> {
                begun.countDown();
                return awaited(end);
            }));
            begun.await();
            lookups = lookups(one);

            assertJson(answer(lookup(10, 5)).get("rows").get(1).get("values"), "[10.0]");
            assertThat(failure(lookup(200_000, 5)).code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);

            end.countDown();
        }
    }

    @Test
    @Timeout(60)
    void whatTakesLongerThanOneMayWaitIsStopped() throws Exception {
        define("sum(request.list) / request.b");
        var loops = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
        try (var brief = new HeavyWork(1, Duration.ofSeconds(10), Duration.ofMillis(1), loops)) {
            lookups = lookups(brief);

            assertThat(failure(lookup(1_000_000, 900)))
                    .hasMessageStartingWith("Computing the on-demand features of these rows took longer than");
        }
    }

    @Test
    void moreTextThanCanBeHeldIsRefused() throws Exception {
        var request = new LinkedHashMap<String, ValueType>();
        request.put("text", ScalarType.STRING);
        request.put("b", ScalarType.INT64);
        registry.addService(
                "s",
                new OnDemandViews(user)
                        .add("first", request, Map.of("f", "request.text + string(request.b)"))
                        .selection(List.of(new Origin.Computed(0, 0))));
        lookups = lookups(heavy);
        String body = "{'feature_service':'s','common':{'text':'%s'},'entities':%s}";

        var answered = answer(body.formatted("t".repeat(100_000), rows(100)));
        assertThat(answered.get("rows").get(99).get("values").get(0).asString()).endsWith("t99");

        var failure = failure(body.formatted("t".repeat(100_000), rows(200)));
        assertThat(failure.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(failure).hasMessageContaining("32 MiB").hasMessageContaining("in parts");
    }
}
