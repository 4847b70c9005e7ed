package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.BlockJoin;
import dev.asof.offline.CopiedHistory;
import dev.asof.offline.HistoryCopies;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.SpineReader;
import dev.asof.registry.Known;
import dev.asof.registry.Registry;
import dev.asof.shared.ScalarType;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.MutableClock;
import dev.asof.support.Seeds;
import dev.asof.support.StandingTime;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The as-of rules over REST against an oracle that is too simple to be wrong: it looks at every row. Histories are
 * random, and full of what goes wrong elsewhere: ties, duplicates, late rows, corrections, nulls, tombstones, keys that
 * collide when glued together, rows sent again from quarantine after what corrects them, and as-of times a microsecond
 * around events and the TTL's edge.
 */
@AsofServerTest
@Import(StandingTime.class)
class AsOfOracleTest {

    private static final Instant BASE = Instant.parse("2026-03-08T06:30:00Z");
    /** Before which batch the rows come that were refused at first, and when that is. */
    private static final int REPLAYED_BEFORE = 3;

    private static final long REFUSED_COUNT = Long.MIN_VALUE / 8;
    private static final Instant REPLAYED_AT = BASE.plusSeconds(1_200);

    /** As many rows as make a copy worth while. */
    private static final long LARGE_SPINE = 10_000;

    private static final Duration TTL = Duration.ofSeconds(600);
    private static final List<List<String>> KEYS = List.of(
            List.of("1", "23"),
            List.of("12", "3"),
            List.of("", "123"),
            List.of("caf\u00e9", "x"),
            List.of("cafe\u0301", "x"),
            List.of("{a}", "\\b"),
            List.of("\ud83d\ude80", "NULL"));

    /** An accepted row, as the oracle sees it; rows are in order of acceptance. */
    private record Row(
            List<String> key, Instant time, Instant known, boolean deleted, Double amount, Long count, String note) {}

    @Autowired
    private DataSource dataSource;

    @Autowired
    private Clock clock;

    @Autowired
    private Registry registry;

    @Autowired
    private PointInTimeJoin join;

    @Autowired
    private HistoryCopies copies;

    @Autowired
    private JdbcClient jdbc;

    @LocalServerPort
    private int port;

    private ApiClient api;
    private final List<Row> accepted = new ArrayList<>();

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    static LongStream seeds() {
        return Seeds.upTo(8);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void A1_A2_A3_A4_A5_A6_everyFaceAgreesWithTheOracle(long seed) throws SQLException, IOException {
        var random = new Random(seed);
        boolean hasTtl = seed % 2 == 0;
        String name = "h" + seed;
        define(name, hasTtl, "expectations: [{column: count, between: [0, 9223372036854775807]}]");
        acceptBatches(name, random, hasTtl);
        for (boolean strict : new boolean[] {false, true}) {
            for (String known :
                    List.of("latest", "as_recorded", BASE.plusSeconds(900).toString())) {
                checkTraining(name, spine(random), hasTtl, strict, known);
                checkCopied(name, random, hasTtl, strict, known);
            }
        }
        checkTraining(name, largeSpine(random), hasTtl, false, "latest");
        checkRecent(name, random, hasTtl);
        checkFunction(name, random, hasTtl);
        checkOnline(name, hasTtl);
    }

    private void define(String name, boolean hasTtl, String expectations) {
        api.apply("""
            kind: entity
            name: %1$s_place
            keys: [{name: a, type: STRING}, {name: b, type: STRING}]
            ---
            kind: source
            name: %1$s_rows
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: a, type: STRING}
              - {name: b_part, type: STRING}
              - {name: amount, type: FLOAT64}
              - {name: count, type: INT64}
              - {name: note, type: STRING}
              - {name: gone, type: BOOLEAN}
            event_timestamp: at
            tombstone: gone
            %3$s
            ---
            kind: feature_view
            name: %1$s_view
            entities: [{name: %1$s_place, keys: {b: b_part}}]
            source: %1$s_rows
            %2$s
            features:
              - {name: amount, column: amount}
              - {name: count, column: count}
              - {name: note, column: note}
              - {name: twice, expression: "amount * 2 + count"}
            """.formatted(name, hasTtl ? "ttl: 10m" : "", expectations)).expect(200);
    }

    private void acceptBatches(String name, Random random, boolean hasTtl) {
        accepted.clear();
        for (int batch = 0; batch < 5; batch++) {
            Instant now = BASE.plusSeconds(300L * (batch + 1));
            ((MutableClock) clock).set(now);
            if (batch == REPLAYED_BEFORE) {
                replay(name, hasTtl);
            }
            var rows = new ArrayList<Row>();
            int size = 1 + random.nextInt(40);
            for (int i = 0; i < size; i++) {
                Row row = !rows.isEmpty() && random.nextInt(8) == 0
                        ? rows.get(random.nextInt(rows.size()))
                        : row(random, now);
                rows.add(batch < REPLAYED_BEFORE && random.nextInt(5) == 0 ? refusedAtFirst(row) : row);
            }
            long good = rows.stream().filter(row -> row.known().equals(now)).count();
            if (random.nextBoolean()) {
                var answer = api.rows(
                                name + "_rows",
                                rows.stream().map(AsOfOracleTest::sent).toList())
                        .expect(200);
                assertThat(answer.json().get("accepted").asLong()).isEqualTo(good);
            } else {
                var answer = api.post("/sources/" + name + "_rows/rows", "text/csv", csv(rows))
                        .expect(200);
                assertThat(answer.json().get("accepted").asLong()).isEqualTo(good);
            }
            accepted.addAll(rows);
            if (batch == 1 || batch == 3) {
                copy(name);
            }
        }
    }

    /** A row that waits in quarantine until the contract is mended; it keeps its place among ties (rule I4). */
    private static Row refusedAtFirst(Row row) {
        return new Row(row.key(), row.time(), REPLAYED_AT, row.deleted(), row.amount(), REFUSED_COUNT, row.note());
    }

    private void replay(String name, boolean hasTtl) {
        define(name, hasTtl, "");
        long waiting =
                accepted.stream().filter(row -> row.known().equals(REPLAYED_AT)).count();
        var answer = api.post("/sources/" + name + "_rows/quarantine/replay", "application/json", "")
                .expect(200);
        assertThat(answer.json().get("accepted").asLong()).isEqualTo(waiting);
    }

    /** Begins a copy of the history, or adds to it what came meanwhile, late rows among it. */
    private CopiedHistory copy(String name) {
        var selection = registry.current().features(List.of(name + "_view:note"));
        Eventually.until(() -> copies.open(selection, LARGE_SPINE).isPresent(), () -> "No copy of " + name);
        return copies.open(selection, LARGE_SPINE).orElseThrow();
    }

    /** Times from a small set, so that ties and corrections abound, in any order, so that many are late. */
    private static Row row(Random random, Instant now) {
        long seconds = 60L * random.nextInt((int) (Duration.between(BASE, now).toSeconds() / 60) + 1);
        Instant time = BASE.plusSeconds(seconds).plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
        Instant due = time.isAfter(now) ? now : time;
        return new Row(
                KEYS.get(random.nextInt(KEYS.size())),
                due,
                now,
                random.nextInt(10) == 0,
                random.nextInt(4) == 0 ? null : random.nextInt(1000) / 8.0,
                random.nextInt(4) == 0 ? null : Long.MAX_VALUE / 4 - random.nextInt(10),
                random.nextInt(4) == 0 ? null : random.nextBoolean() ? "" : "n\u00f8te " + random.nextInt(5));
    }

    private static Map<String, Object> sent(Row row) {
        var json = new LinkedHashMap<String, Object>();
        json.put("at", row.time().toString());
        json.put("a", row.key().get(0));
        json.put("b_part", row.key().get(1));
        json.put("amount", row.amount());
        json.put("count", row.count());
        json.put("note", row.note());
        json.put("gone", row.deleted());
        return json;
    }

    private static String csv(List<Row> rows) {
        var csv = new StringBuilder("at,a,b_part,amount,count,note,gone\n");
        for (Row row : rows) {
            csv.append(row.time())
                    .append(',')
                    .append(quoted(row.key().get(0)))
                    .append(',')
                    .append(quoted(row.key().get(1)));
            csv.append(',').append(row.amount() == null ? "" : row.amount());
            csv.append(',').append(row.count() == null ? "" : row.count());
            csv.append(',').append(row.note() == null ? "" : quoted(row.note()));
            csv.append(',').append(row.deleted() ? "True" : "False").append('\n');
        }
        return csv.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    /** Rule A1 by looking at every row: the last accepted among those with the greatest time. */
    private Optional<Row> oracle(List<String> key, Instant asOf, boolean hasTtl, boolean strict, Instant knownBy) {
        Row winner = null;
        for (Row row : accepted) {
            boolean counts = row.key().equals(key)
                    && (strict ? row.time().isBefore(asOf) : !row.time().isAfter(asOf))
                    && (!hasTtl || !row.time().isBefore(asOf.minus(TTL)))
                    && !row.known().isAfter(knownBy);
            if (counts && (winner == null || !row.time().isBefore(winner.time()))) {
                winner = row;
            }
        }
        return Optional.ofNullable(winner).filter(row -> !row.deleted());
    }

    private Instant randomAsOf(Random random) {
        Instant event = accepted.get(random.nextInt(accepted.size())).time();
        Instant edge = random.nextBoolean() ? event : event.plus(TTL);
        return edge.plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
    }

    private List<Map<String, Object>> spine(Random random) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 60; i++) {
            var key = random.nextInt(12) == 0 ? Arrays.asList("unknown", null) : KEYS.get(random.nextInt(KEYS.size()));
            spine.add(spineRow("row " + i % 7, key, randomAsOf(random)));
        }
        spine.addAll(spine.subList(0, 5));
        return spine;
    }

    /** So many rows, most of them with a value, that recent ones are looked for first. */
    private List<Map<String, Object>> largeSpine(Random random) {
        Instant last = accepted.getLast().known();
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 6_000; i++) {
            Instant asOf = random.nextInt(20) == 0 ? randomAsOf(random) : last.minusMillis(random.nextInt(200_000));
            spine.add(spineRow("row " + i, KEYS.get(random.nextInt(KEYS.size())), asOf));
        }
        return spine;
    }

    private static Map<String, Object> spineRow(String label, List<String> key, Instant asOf) {
        var row = new LinkedHashMap<String, Object>();
        row.put("label", label);
        row.put("b", key.get(1));
        row.put("a", key.get(0));
        row.put("as_of", asOf.toString());
        return row;
    }

    private void checkTraining(
            String name, List<Map<String, Object>> spine, boolean hasTtl, boolean strict, String known) {
        var answer = api.postJson(
                        "/historical-features",
                        Map.of(
                                "features",
                                List.of(name + "_view:*"),
                                "spine",
                                Map.of("rows", spine),
                                "strict",
                                strict,
                                "known",
                                known))
                .expect(200)
                .lines();
        assertThat(answer).hasSameSizeAs(spine);
        for (int i = 0; i < spine.size(); i++) {
            var sent = spine.get(i);
            Instant asOf = Instant.parse((String) sent.get("as_of"));
            var key = Arrays.asList((String) sent.get("a"), (String) sent.get("b"));
            var expected = expected(name, oracle(key, asOf, hasTtl, strict, knownBy(known, asOf)));
            var got = new HashMap<>(answer.get(i));
            assertThat(got.remove("label")).isEqualTo(sent.get("label"));
            assertThat(got.remove("a")).isEqualTo(sent.get("a"));
            assertThat(got.remove("b")).isEqualTo(sent.get("b"));
            assertThat(Instant.parse((String) got.remove("as_of"))).isEqualTo(asOf);
            assertThat(got)
                    .as("row %s of %s, strict %s, known %s: %s", i, name, strict, known, sent)
                    .isEqualTo(expected);
        }
    }

    private static Instant knownBy(String known, Instant asOf) {
        return switch (known) {
            case "latest" -> Instant.MAX;
            case "as_recorded" -> asOf;
            default -> Instant.parse(known);
        };
    }

    /** What a join finds that has a copy of the history, made while rows were still coming. */
    private void checkCopied(String name, Random random, boolean hasTtl, boolean strict, String known)
            throws SQLException, IOException {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 700; i++) {
            var key = random.nextInt(12) == 0 ? Arrays.asList("unknown", null) : KEYS.get(random.nextInt(KEYS.size()));
            spine.add(spineRow("", key, randomAsOf(random)));
        }
        var reading = new PointInTimeJoin.Reading(
                strict,
                switch (known) {
                    case "latest" -> new Known.Latest();
                    case "as_recorded" -> new Known.AsRecorded();
                    default -> new Known.At(Instant.parse(known));
                },
                Optional.empty());
        try (var joined =
                copy(name).join(() -> (first, _) -> new SpineRows(spine, (int) first - 1), reading, spine.size())) {
            for (var row : spine) {
                Instant asOf = Instant.parse((String) row.get("as_of"));
                var key = Arrays.asList((String) row.get("a"), (String) row.get("b"));
                assertThat(Objects.requireNonNull(joined.next()).value(0, ScalarType.STRING))
                        .as("copy of %s, strict %s, known %s: %s", name, strict, known, row)
                        .isEqualTo(oracle(key, asOf, hasTtl, strict, knownBy(known, asOf))
                                .map(Row::note)
                                .orElse(null));
            }
            assertThat(joined.next()).isNull();
        }
        checkCopiedTimestamps(name, spine.subList(0, 200), hasTtl, reading, known);
    }

    /** The same for a spine that is a table, with the times of the rows that values come from. */
    private void checkCopiedTimestamps(
            String name, List<Map<String, Object>> spine, boolean hasTtl, PointInTimeJoin.Reading reading, String known)
            throws SQLException, IOException {
        var rows = new StringJoiner(", ");
        long ordinal = 0;
        for (var row : spine) {
            rows.add("(%s::bigint, %s, '%s', timestamptz '%s')"
                    .formatted(
                            ++ordinal,
                            row.get("b") == null ? "null" : "'" + row.get("b") + "'",
                            row.get("a"),
                            row.get("as_of")));
        }
        var query = new PointInTimeJoin.Query(
                "(select * from (values %s) v (asof_ordinal, b, a, as_of))".formatted(rows),
                List.of("b", "as_of", "a"),
                "as_of",
                registry.current().features(List.of(name + "_view:note")),
                reading);
        try (var connection = dataSource.getConnection();
                var joined = copy(name).joinWithTimestamps(join, query, List.of(connection), spine.size())) {
            for (var row : spine) {
                Instant asOf = Instant.parse((String) row.get("as_of"));
                var key = Arrays.asList((String) row.get("a"), (String) row.get("b"));
                var winner = oracle(key, asOf, hasTtl, reading.strict(), knownBy(known, asOf));
                var got = Objects.requireNonNull(joined.next());
                assertThat(Arrays.asList(
                                got.value(0, ScalarType.STRING),
                                got.instant(1),
                                got.value(2, ScalarType.STRING),
                                got.value(3, ScalarType.STRING),
                                got.instant(4)))
                        .as("copy of %s, strict %s, known %s: %s", name, reading.strict(), known, row)
                        .isEqualTo(Arrays.asList(
                                key.get(1),
                                asOf,
                                key.get(0),
                                winner.map(Row::note).orElse(null),
                                winner.map(Row::time).orElse(null)));
                assertThat(got.instant(5)).isEqualTo(winner.map(Row::known).orElse(null));
            }
        }
    }

    private static final class SpineRows implements SpineReader.Block {

        private final List<Map<String, Object>> rows;
        private int next;

        SpineRows(List<Map<String, Object>> rows, int first) {
            this.rows = rows;
            this.next = first;
        }

        @Override
        public Instant nextKeys(Object[] keys) {
            var row = rows.get(next++);
            keys[0] = row.get("a");
            keys[1] = row.get("b");
            return Instant.parse((String) row.get("as_of"));
        }

        @Override
        public void close() {}
    }

    private static Map<String, Object> expected(String name, Optional<Row> row) {
        var values = new HashMap<String, Object>();
        values.put(name + "_view__amount", row.map(Row::amount).orElse(null));
        values.put(name + "_view__count", row.map(Row::count).orElse(null));
        values.put(name + "_view__note", row.map(Row::note).orElse(null));
        values.put(name + "_view__twice", row.map(AsOfOracleTest::twice).orElse(null));
        return values;
    }

    private static Double twice(Row row) {
        return row.amount() == null || row.count() == null ? null : (Double) (row.amount() * 2 + row.count());
    }

    /** What a join finds that looks at recent events first: the same winners, those of the others are missing. */
    private void checkRecent(String name, Random random, boolean hasTtl) {
        for (long age : new long[] {0, 1, 60_000_000, 1 + random.nextInt(1_500_000_000)}) {
            boolean strict = random.nextBoolean();
            var expected = new LinkedHashMap<Long, String>();
            var ages = new ArrayList<Long>();
            var spine = new ArrayList<String>();
            for (long ordinal = 1; ordinal <= 100; ordinal++) {
                var key = KEYS.get(random.nextInt(KEYS.size()));
                Instant asOf = randomAsOf(random);
                spine.add(
                        "(%s::bigint, '%s', '%s', timestamptz '%s')".formatted(ordinal, key.get(0), key.get(1), asOf));
                var winner = oracle(key, asOf, hasTtl, strict, Instant.MAX);
                winner.ifPresent(row -> ages.add(row.time().until(asOf, ChronoUnit.MICROS)));
                if (winner.isPresent() && ages.getLast() <= age) {
                    expected.put(
                            ordinal, winner.get().time() + " " + winner.get().note());
                }
            }
            var blocks = join.blocksWithTimestamps(new PointInTimeJoin.Query(
                    "(select * from (values %s) v (asof_ordinal, a, b, as_of))".formatted(String.join(", ", spine)),
                    List.of(),
                    "as_of",
                    registry.current().features(List.of(name + "_view:note")),
                    new PointInTimeJoin.Reading(strict, new Known.Latest(), Optional.empty())));
            var got = new LinkedHashMap<Long, String>();
            jdbc.sql(blocks.sql(new BlockJoin.Rows.Recent(1, 100, List.of(OptionalLong.of(age)))))
                    .query(row -> {
                        got.put(
                                row.getLong(1),
                                row.getObject(3, OffsetDateTime.class).toInstant() + " " + row.getString(2));
                    });
            assertThat(got)
                    .as("%s, strict %s, at most %s µs old", name, strict, age)
                    .containsExactlyInAnyOrderEntriesOf(expected);
            Collections.sort(ages);
            assertThat(jdbc.sql(blocks.agesSql(1, 100).orElseThrow()).query().singleColumn())
                    .as("a time that 95 of 100 values are not older than, if 80 of 100 rows have one")
                    .containsExactly(ages.size() > 80 ? ages.get((ages.size() * 95 + 99) / 100 - 1) : null);
        }
    }

    /** What anyone with psql gets, in a session whose time zone has a clock change right there. */
    private void checkFunction(String name, Random random, boolean hasTtl) throws SQLException {
        try (var connection = dataSource.getConnection();
                var zone = connection.createStatement()) {
            zone.execute("set time zone 'America/New_York'");
            try (var call =
                    connection.prepareStatement("select * from features.%s_view_asof(?, ?, ?)".formatted(name))) {
                for (int i = 0; i < 60; i++) {
                    var key = KEYS.get(random.nextInt(KEYS.size()));
                    Instant asOf = randomAsOf(random);
                    call.setString(1, key.get(0));
                    call.setString(2, key.get(1));
                    call.setObject(3, asOf.atOffset(ZoneOffset.UTC));
                    var row = oracle(key, asOf, hasTtl, false, Instant.MAX);
                    try (var result = call.executeQuery()) {
                        assertThat(result.next()).as("%s at %s", key, asOf).isEqualTo(row.isPresent());
                        if (row.isPresent()) {
                            assertThat(result.getObject(name + "_view__twice")).isEqualTo(twice(row.get()));
                            assertThat(result.getObject(name + "_view__note"))
                                    .isEqualTo(row.get().note());
                        }
                    }
                }
            } finally {
                zone.execute("set time zone 'UTC'");
            }
        }
    }

    /** O2: with nothing pending, online at now equals offline as-of now; the clock stands at the edges of the TTL. */
    private void checkOnline(String name, boolean hasTtl) {
        var times = new ArrayList<Instant>();
        accepted.stream().map(Row::time).max(Comparator.naturalOrder()).ifPresent(last -> {
            times.add(accepted.getLast().known());
            times.add(last.plus(TTL));
            times.add(last.plus(TTL).plus(1, ChronoUnit.MICROS));
        });
        times.sort(Comparator.naturalOrder());
        assertThat(times).hasSize(3);
        for (Instant now : times) {
            ((MutableClock) clock).set(now);
            var entities = KEYS.stream()
                    .map(key -> Map.<String, Object>of("a", key.get(0), "b", key.get(1)))
                    .toList();
            var answer = api.postJson(
                            "/online-features",
                            Map.of(
                                    "features",
                                    List.of(name + "_view:*"),
                                    "entities",
                                    entities,
                                    "include",
                                    List.of("statuses")))
                    .expect(200)
                    .json();
            for (int i = 0; i < KEYS.size(); i++) {
                var row = oracle(KEYS.get(i), now, hasTtl, false, Instant.MAX);
                var values = answer.get("rows").get(i).get("values");
                var statuses = answer.get("rows").get(i).get("statuses");
                for (int column = 0; column < 4; column++) {
                    Object value = row.isEmpty()
                            ? null
                            : Arrays.asList(
                                            row.get().amount(),
                                            row.get().count(),
                                            row.get().note(),
                                            twice(row.get()))
                                    .get(column);
                    String text = values.get(column).isNull()
                            ? null
                            : values.get(column).asString();
                    assertThat(text).as("%s at %s", KEYS.get(i), now).isEqualTo(value == null ? null : asText(value));
                    assertThat(statuses.get(column).asString())
                            .isIn(
                                    value != null
                                            ? List.of("PRESENT")
                                            : row.isPresent()
                                                    ? List.of("NULL_VALUE")
                                                    : List.of("NOT_FOUND", "OUTSIDE_MAX_AGE"));
                }
            }
        }
    }

    private static String asText(Object value) {
        return Objects.requireNonNull(
                value instanceof Double number
                        ? tools.jackson.databind.json.JsonMapper.shared()
                                .valueToTree(number)
                                .asString()
                        : value.toString());
    }
}
