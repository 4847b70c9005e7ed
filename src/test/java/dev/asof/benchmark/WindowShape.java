package dev.asof.benchmark;

import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Keys of the benchmark of windows: how often their events are. All have 20 values. */
enum WindowShape {
    /** 20 features of the newest row, to compare with. */
    PLAIN(50_000),
    /** 30 events in 30 days. */
    DAILY(50_000),
    /** An event every hour for 30 days. */
    HOURLY(5_000),
    /** An event in every minute for 30 days: every hop of every window has one. */
    DENSE(200);

    static final List<String> WINDOWS = List.of("1h", "24h", "7d", "30d");
    static final List<String> FUNCTIONS = List.of("sum", "avg", "max", "stddev");

    private final int accounts;

    WindowShape(int accounts) {
        this.accounts = accounts;
    }

    int accounts() {
        return accounts;
    }

    String viewName() {
        return "of_" + name().toLowerCase(Locale.ROOT);
    }

    String service() {
        return "model_" + viewName();
    }

    String account(int number) {
        return name().charAt(0) + String.format(Locale.ROOT, "%012d", number);
    }

    static String definitions() {
        var columns = IntStream.range(0, 20)
                .mapToObj(i -> "  - {name: f%s, type: FLOAT64}\n".formatted(i))
                .collect(Collectors.joining());
        return """
                kind: entity
                name: account
                keys: [{name: account_id, type: STRING}]
                ---
                kind: source
                name: activity
                type: push
                columns:
                  - {name: at, type: TIMESTAMP, required: true}
                  - {name: account_id, type: STRING, required: true}
                """ + columns + "event_timestamp: at\n"
                + Stream.of(values()).map(WindowShape::view).collect(Collectors.joining());
    }

    private String view() {
        String features = this == PLAIN
                ? IntStream.range(0, 20)
                        .mapToObj(i -> "{name: f%1$s, column: f%1$s}".formatted(i))
                        .collect(Collectors.joining(", "))
                : Stream.concat(
                                Stream.of("{name: n, aggregate: count, windows: %s}".formatted(WINDOWS)),
                                FUNCTIONS.stream()
                                        .map(function -> "{name: %1$s, aggregate: %1$s, column: f0, windows: %2$s}"
                                                .formatted(function, WINDOWS)))
                        .collect(Collectors.joining(", "));
        return """
            ---
            kind: feature_view
            name: %1$s
            entities: [account]
            source: activity
            features: [%2$s]
            ---
            kind: feature_service
            name: %3$s
            features: ["%1$s:*"]
            """.formatted(viewName(), features, service());
    }

    /** The times of an account's events before an instant, in microseconds. */
    private long[] events(Random random, long now) {
        long minute = 60_000_000L;
        return switch (this) {
            case PLAIN -> new long[] {now};
            case DAILY -> random.longs(30, now - 30 * 1440 * minute, now).toArray();
            case HOURLY ->
                IntStream.range(0, 720)
                        .mapToLong(i -> now - 60 * minute * i - random.nextLong(60 * minute))
                        .toArray();
            case DENSE ->
                IntStream.range(0, 43_200)
                        .mapToLong(i -> now - minute * i - random.nextLong(minute))
                        .toArray();
        };
    }

    /** Brings all accounts online as of an instant. */
    void fill(OnlineStore online, RegisteredView view, Instant now) {
        var random = new Random(ordinal());
        int atOnce = this == DENSE ? 10 : 2_000;
        for (int first = 0; first < accounts; first += atOnce) {
            var some = IntStream.range(first, Math.min(accounts, first + atOnce));
            if (this == PLAIN) {
                online.write(
                        view, some.mapToObj(i -> plain(online, view, i, now)).toList());
            } else {
                online.publish(
                        view,
                        new Publication(1, 1),
                        some.mapToObj(i -> key(view, i, random, now)).toList());
            }
        }
    }

    private OnlineRow plain(OnlineStore online, RegisteredView view, int account, Instant now) {
        Object[] values = new Object[20];
        for (int i = 0; i < values.length; i++) {
            values[i] = LookupShape.value(account, i);
        }
        return online.pack(view, FeatureRow.of(new Object[] {account(account)}, now, 1, values));
    }

    private PublishedKey key(RegisteredView view, int account, Random random, Instant now) {
        ViewAggregates aggregates = view.aggregates().orElseThrow();
        var cells = aggregates.tileCells();
        long micros = Timestamps.toMicros(now);
        var tiles = TilePlan.of(cells, new Closed(micros, TilePlan.scheme(cells).finest()))
                .newKey();
        long[] events = events(random, micros);
        for (int i = 0; i < events.length; i++) {
            long event = events[i];
            long sequence = i;
            Object[] values = new Object[aggregates.inputs().size()];
            Arrays.fill(values, LookupShape.value(account, i));
            tiles.add(event, (cell, state) -> aggregates.add(cell, state, values, event, sequence));
        }
        return new PublishedKey(
                Objects.requireNonNull(EntityKey.of(List.of(account(account)))), Optional.empty(), tiles.build());
    }

    /** Lookups of random accounts. */
    List<byte[]> requests(int entities) {
        var random = new Random(entities);
        return IntStream.range(0, Math.max(200, 20_000 / entities))
                .mapToObj(_ -> random.ints(entities, 0, accounts)
                        .mapToObj(i -> "{\"account_id\":\"%s\"}".formatted(account(i)))
                        .collect(Collectors.joining(
                                ",", "{\"feature_service\":\"%s\",\"entities\":[".formatted(service()), "]}")))
                .map(body -> LoadGenerator.post("/api/v1/online-features", body))
                .toList();
    }
}
