package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.online.row.RowAddress;
import dev.asof.online.row.Scratch;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Aggregates that Redis can't answer are answered from the rows in Postgres. */
@AsofServerTest
class WindowedFallbackTest {

    private static final String VIEW = "fallback_spending";

    @LocalServerPort
    private int port;

    @Autowired
    private Registry registry;

    @Autowired
    private PostgresRows postgres;

    @Autowired
    private OnlineStore online;

    @Autowired
    private MeterRegistry meters;

    private ApiClient api;
    private Instant now;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        now = Timestamps.truncated(Instant.now());
        api.apply("""
            kind: entity
            name: fallback_card
            keys: [{name: card, type: STRING}]
            ---
            kind: source
            name: fallback_payments
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: card, type: STRING}
              - {name: amount, type: INT64}
              - {name: shop, type: STRING}
            event_timestamp: at
            ---
            kind: feature_view
            name: fallback_spending
            entities: [fallback_card]
            source: fallback_payments
            features:
              - {name: amount, column: amount}
              - {name: n, aggregate: count, windows: [1h, 7d]}
              - {name: total, aggregate: sum, column: amount, window: 7d}
              - {name: last, aggregate: last_n, n: 2, column: amount, window: 7d}
              - {name: by_shop, aggregate: max, column: amount, by: shop, window: 7d}
            """).expect(200);
    }

    private RegisteredView view() {
        return registry.current().currentView(new FeatureViewName(VIEW)).orElseThrow();
    }

    private void pay(String card, Duration ago, long amount, String shop) {
        api.rows(
                        "fallback_payments",
                        List.of(Map.of("at", now.minus(ago).toString(), "card", card, "amount", amount, "shop", shop)))
                .expect(200);
    }

    private List<Object> answers(RegisteredView view, byte[] packed) {
        var builder = new RowReader.Builder(view);
        var slots = IntStream.range(0, view.features().size())
                .map(i -> view.features().get(i).isAggregate() ? builder.aggregate(i, false) : builder.row(i))
                .toArray();
        var outcome = builder.build().read(packed, Timestamps.toMicros(now), new Scratch());
        return IntStream.of(slots).mapToObj(outcome::value).toList();
    }

    @Test
    void O3_postgresAnswersWhatTheRowsComeTo() {
        pay("a", Duration.ofDays(3), 5, "x");
        pay("a", Duration.ofMinutes(30), 7, "y");
        pay("a", Duration.ofMinutes(20), 2, "x");
        pay("a", Duration.ofDays(9), 1_000, "z");
        pay("b", Duration.ofMinutes(1), 4, "x");
        var view = view();

        var read = postgres.read(List.of(address(view, "b"), address(view, "nobody"), address(view, "a")), now);

        assertThat(answers(view, read.get(2)))
                .containsExactly(2L, 2L, 3L, 14L, List.of(7L, 2L), List.of("x", "y"), List.of(5L, 7L));
        assertThat(answers(view, read.get(0))).containsExactly(4L, 1L, 1L, 4L, List.of(4L), List.of("x"), List.of(4L));
        assertThat(read.get(1)).isNull();
    }

    @Test
    void O3_whatIsNotReadInTimeIsUnavailable() {
        for (int i = 0; i < 3; i++) {
            api.rows(
                            "fallback_payments",
                            IntStream.range(0, 1_000)
                                    .<Map<String, Object>>mapToObj(n ->
                                            Map.of("at", now.minusSeconds(n).toString(), "card", "late", "amount", n))
                                    .toList())
                    .expect(200);
        }
        var keys = new PostgresKeys(postgres.dataSource());
        var asked = List.of(Objects.requireNonNull(EntityKey.of(List.of("late"))));

        assertThatThrownBy(() -> keys.read(view(), asked, now, System.nanoTime()))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("in time");
    }

    @Test
    void W8_aKeyTooLargeForRedisIsAnsweredFromPostgresAndCounted() {
        pay("large", Duration.ofMinutes(2), 6, "x");
        var view = view();
        var cells = view.aggregates().orElseThrow().tileCells();
        var tiles = TilePlan.of(
                        cells,
                        new Closed(
                                Timestamps.toMicros(now), TilePlan.scheme(cells).finest()))
                .newKey();
        var aggregates = view.aggregates().orElseThrow();
        for (int i = 0; i < 40_000; i++) {
            long event = Timestamps.toMicros(now.minusSeconds(15L * i));
            Object[] kept = aggregates.inputs().stream()
                    .map(input -> switch (input.type()) {
                        case BOOLEAN -> (Object) true;
                        case STRING -> "shop" + event;
                        case INT64 -> event * 7_919;
                        default -> throw new IllegalStateException();
                    })
                    .toArray();
            tiles.add(event, (cell, state) -> aggregates.add(cell, state, kept, event, event));
        }
        var key = Objects.requireNonNull(EntityKey.of(List.of("large")));
        online.publish(
                view, new Publication(1L << 40, 1), List.of(new PublishedKey(key, Optional.empty(), tiles.build())));
        double before = large();

        var answer = api.postJson(
                        "/online-features",
                        Map.of("features", List.of(VIEW + ":*"), "entities", List.of(Map.of("card", "large"))))
                .expect(200)
                .json();

        assertThat(answer.get("degraded").asBoolean()).isTrue();
        assertThat(answer.get("rows").get(0).get("values").toString())
                .isEqualTo("[6,1,1,6,[6],{\"keys\":[\"x\"],\"values\":[6]}]");
        assertThat(large()).isEqualTo(before + 1);
    }

    private double large() {
        return meters.get("asof.lookup.large.keys").counter().count();
    }

    private static RowAddress address(RegisteredView view, String card) {
        return new RowAddress(view, Objects.requireNonNull(EntityKey.of(List.of(card))));
    }
}
