package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.shared.SourceName;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.MutableClock;
import dev.asof.support.Seeds;
import dev.asof.support.StandingTime;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
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
 * Tables that others write, as others do: in transactions that overlap and commit in any order, with late rows, rows
 * alike in all values and rows of the future; or rebuilt, with rows changed, gone and back again. What joins and
 * lookups then say is held against oracles that look at every row.
 */
@AsofServerTest
@Import(StandingTime.class)
class TableSourceOracleTest {

    private static final Instant BASE = Instant.parse("2026-11-01T00:00:00Z");
    private static final List<String> KEYS = List.of("a", "b", "c", "d", "e");
    private static final int READS = 8;

    private static final TableSourceReads.Monitor PATIENT = new TableSourceReads.Monitor() {
        @Override
        public boolean goesOn(long rowsRead) {
            return true;
        }

        @Override
        public boolean commits(TableReadOutcome outcome) {
            return true;
        }
    };

    @Autowired
    private DataSource dataSource;

    @Autowired
    private TableSourceReads reader;

    @Autowired
    private Clock clock;

    @LocalServerPort
    private int port;

    private ApiClient api;
    private JdbcClient jdbc;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
        jdbc = JdbcClient.create(dataSource);
    }

    /** A row of an append table; accepted in the order of reads, and within one in that of known timestamps. */
    private record Appended(String key, Instant event, Instant known, long value) {}

    static LongStream seeds() {
        return Seeds.upTo(3);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void appendTakesEveryCommittedRowOnce(long seed) throws SQLException {
        var random = new Random(seed);
        String name = "append" + seed;
        createTable(name, "loaded_at timestamptz not null");
        define(name, "append", "known_timestamp: loaded_at", "- {name: loaded_at, type: TIMESTAMP}");

        var open = new ArrayList<Connection>();
        var written = new HashMap<Connection, List<Appended>>();
        var waiting = new ArrayList<Appended>();
        var accepted = new ArrayList<Appended>();
        long committed = 0;
        long future = 0;
        for (int read = 1; read <= READS; read++) {
            Instant now = at(read);
            for (int step = 0; step < 30; step++) {
                if (open.size() < 3) {
                    var connection = dataSource.getConnection();
                    connection.setAutoCommit(false);
                    open.add(connection);
                    written.put(connection, new ArrayList<>());
                }
                Connection writer = open.get(random.nextInt(open.size()));
                switch (random.nextInt(5)) {
                    case 0 -> {
                        committed += end(writer, written.remove(writer), random.nextInt(4) > 0, waiting);
                        open.remove(writer);
                    }
                    default -> written.get(writer).addAll(insert(writer, name, random, now));
                }
            }
            if (read == READS) {
                for (Connection writer : open) {
                    committed += end(writer, written.remove(writer), true, waiting);
                }
            }
            future += take(now, waiting, accepted);
            var outcome = read(name, now);
            assertThat(outcome.quarantined()).isLessThanOrEqualTo(waiting.size());
        }
        assertThat(future).as("rows that were ahead of the clock").isPositive();
        assertThat(committed).isEqualTo(count("select count(*) from lake." + name));
        assertThat(count("select count(*) from sources." + name)).isEqualTo(accepted.size());
        assertThat(count("select count(*) from asof.quarantined_row where replayed_in is null and source = '%s'"
                        .formatted(name)))
                .as("rows still ahead of the clock")
                .isEqualTo(waiting.size());
        assertThat(count("select count(*) from (table lake.%1$s except all select %2$s from sources.%1$s) missing"
                        .formatted(name, "k, at, value, loaded_at")))
                .isEqualTo(waiting.size());
        for (String known : List.of("latest", "as_recorded")) {
            checkTraining(name, random, known, (key, asOf) -> winner(accepted, key, asOf, known));
        }
        checkOnline(name, key -> winner(accepted, key, at(READS), "latest"));
    }

    /** Known timestamps differ, and are anywhere in the past: a row that commits last may say that it was first. */
    private List<Appended> insert(Connection writer, String name, Random random, Instant now) throws SQLException {
        Instant event = random.nextInt(12) == 0
                ? now.plusSeconds(3_600L * (1 + random.nextInt(3 * 24)))
                : BASE.plusSeconds(3_600L
                        * random.nextInt((int) Duration.between(BASE, now).toHours()));
        var row = new Appended(
                KEYS.get(random.nextInt(KEYS.size())),
                event,
                BASE.plusMillis(random.nextLong(Duration.between(BASE, now).toMillis())),
                random.nextInt(1_000));
        int copies = random.nextInt(6) == 0 ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            try (var insert = writer.prepareStatement("insert into lake.%s values (?, ?, ?, ?)".formatted(name))) {
                insert.setString(1, row.key());
                insert.setObject(2, row.event().atOffset(ZoneOffset.UTC));
                insert.setLong(3, row.value());
                insert.setObject(4, row.known().atOffset(ZoneOffset.UTC));
                insert.executeUpdate();
            }
        }
        return IntStream.range(0, copies).mapToObj(_ -> row).toList();
    }

    private static long end(Connection writer, List<Appended> rows, boolean commit, List<Appended> waiting)
            throws SQLException {
        if (commit) {
            writer.commit();
            waiting.addAll(rows);
        } else {
            writer.rollback();
        }
        writer.setAutoCommit(true);
        writer.close();
        return commit ? rows.size() : 0;
    }

    /** Accepts what waits and isn't ahead of the clock; returns how many rows are. */
    private static long take(Instant now, List<Appended> waiting, List<Appended> accepted) {
        var due = waiting.stream()
                .filter(row -> !row.event().isAfter(now.plusSeconds(60)))
                .sorted(Comparator.comparing(Appended::known))
                .toList();
        waiting.removeIf(row -> !row.event().isAfter(now.plusSeconds(60)));
        accepted.addAll(due);
        return waiting.size();
    }

    private static Optional<Long> winner(List<Appended> accepted, String key, Instant asOf, String known) {
        Appended winner = null;
        for (Appended row : accepted) {
            boolean counts = row.key().equals(key)
                    && !row.event().isAfter(asOf)
                    && (known.equals("latest") || !row.known().isAfter(asOf));
            if (counts && (winner == null || !row.event().isBefore(winner.event()))) {
                winner = row;
            }
        }
        return Optional.ofNullable(winner).map(Appended::value);
    }

    /** The state of a key since a time, as a rebuilt table has it. */
    private record State(Instant since, long value) {}

    /** What a key's value became, and from when on. */
    private record Version(Instant from, Optional<Long> value) {}

    private static Optional<Long> asOf(List<Version> versions, Instant asOf) {
        Version last = new Version(Instant.MIN, Optional.empty());
        for (Version version : versions) {
            if (!version.from().isAfter(asOf) && !version.from().isBefore(last.from())) {
                last = version;
            }
        }
        return last.value();
    }

    /** From when it says, but never before what was there already, which would go on counting; gone from the read. */
    private static void change(List<Version> versions, Optional<State> state, Instant read) {
        Instant last = versions.isEmpty() ? Instant.MIN : versions.getLast().from();
        Instant from =
                state.map(State::since).filter(since -> !since.isBefore(last)).orElse(read);
        versions.add(new Version(from, state.map(State::value)));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aSnapshotOfStatesIsServedAsItIsAndWas(long seed) throws SQLException {
        var random = new Random(seed);
        String name = "states" + seed;
        createTable(name, "unread int default 0");
        define(name, "snapshot", "row_id: [k]");
        var table = new TreeMap<String, State>();
        var seen = new ArrayList<Map<String, State>>();
        var versions = new HashMap<String, List<Version>>();
        KEYS.forEach(key -> versions.put(key, new ArrayList<>()));
        for (int read = 1; read <= READS; read++) {
            Instant now = at(read);
            for (String key : KEYS) {
                switch (random.nextInt(6)) {
                    case 0 -> {
                        if (table.remove(key) != null) {
                            change(versions.get(key), Optional.empty(), now);
                        }
                    }
                    case 1, 2 -> {
                        // since any time, maybe before the state that it follows
                        Instant since = BASE.plusSeconds(3_600L * random.nextInt(24 * read));
                        var state = new State(since, random.nextInt(1_000_000));
                        table.put(key, state);
                        change(versions.get(key), Optional.of(state), now);
                    }
                    default -> {
                        // stays
                    }
                }
            }
            rebuild(
                    name,
                    table.entrySet().stream()
                            .map(row -> List.<Object>of(
                                    row.getKey(),
                                    row.getValue().since(),
                                    row.getValue().value()))
                            .toList(),
                    random);
            read(name, now);
            assertThat(read(name, now).batch()).as("nothing changed").isEmpty();
            seen.add(Map.copyOf(table));
            checkOnline(name, key -> Optional.ofNullable(table.get(key)).map(State::value));
        }
        checkWhatWasSeen(
                name,
                (key, read) -> Optional.ofNullable(seen.get(read - 1).get(key)).map(State::value));
        checkTraining(name, random, "latest", (key, asOf) -> asOf(versions.get(key), asOf));
    }

    /** Which rows there are, by key and day. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aSnapshotOfDatedRowsIsServedAsItIsAndWas(long seed) throws SQLException {
        var random = new Random(seed);
        String name = "dated" + seed;
        createTable(name, "unread int default 0");
        define(name, "snapshot", "row_id: [k, at]");
        var table = new TreeMap<String, TreeMap<Instant, Optional<Long>>>();
        KEYS.forEach(key -> table.put(key, new TreeMap<>()));
        var seen = new ArrayList<Map<String, Optional<Long>>>();
        for (int read = 1; read <= READS; read++) {
            Instant now = at(read);
            for (String key : KEYS) {
                for (int day = 0; day < 24 * read; day += 6) {
                    Instant at = BASE.plusSeconds(3_600L * day);
                    var before = table.get(key).get(at);
                    if (random.nextInt(3) == 0) {
                        table.get(key).put(at, Optional.of((long) random.nextInt(1_000)));
                    } else if (before != null && random.nextInt(4) == 0) {
                        // withdrawn: from then on there is nothing, until the next row
                        table.get(key).put(at, Optional.empty());
                    }
                }
            }
            var rows = new ArrayList<List<Object>>();
            table.forEach((key, days) ->
                    days.forEach((at, value) -> value.ifPresent(there -> rows.add(List.of(key, at, there)))));
            rebuild(name, rows, random);
            read(name, now);
            assertThat(read(name, now).batch()).as("nothing changed").isEmpty();
            var newest = new HashMap<String, Optional<Long>>();
            table.forEach((key, days) ->
                    newest.put(key, Optional.ofNullable(days.floorEntry(now)).flatMap(Map.Entry::getValue)));
            seen.add(newest);
            checkOnline(name, key -> Objects.requireNonNull(newest.get(key)));
        }
        checkWhatWasSeen(
                name, (key, read) -> Objects.requireNonNull(seen.get(read - 1).get(key)));
        checkTraining(
                name,
                random,
                "latest",
                (key, asOf) ->
                        Optional.ofNullable(table.get(key).floorEntry(asOf)).flatMap(Map.Entry::getValue));
    }

    /** Rule A4: at the time of each read, a join sees what lookups saw then. */
    private void checkWhatWasSeen(
            String name, java.util.function.BiFunction<String, Integer, Optional<Long>> expected) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int read = 1; read <= READS; read++) {
            for (String key : KEYS) {
                spine.add(Map.of("k", key, "as_of", at(read).toString(), "read", read));
            }
        }
        var got = train(name, spine, "as_recorded");
        for (int i = 0; i < spine.size(); i++) {
            String key = (String) spine.get(i).get("k");
            int read = (Integer) spine.get(i).get("read");
            assertThat(value(got.get(i).get(name + "_view__value")))
                    .as("%s of %s as of read %s", key, name, read)
                    .isEqualTo(expected.apply(key, read));
        }
    }

    private void checkTraining(
            String name,
            Random random,
            String known,
            java.util.function.BiFunction<String, Instant, Optional<Long>> expected) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 100; i++) {
            Instant asOf = BASE.plusSeconds(3_600L * random.nextInt(24 * READS)).minusNanos(1_000L * random.nextInt(2));
            spine.add(Map.of("k", KEYS.get(random.nextInt(KEYS.size())), "as_of", asOf.toString()));
        }
        var got = train(name, spine, known);
        for (int i = 0; i < spine.size(); i++) {
            String key = (String) spine.get(i).get("k");
            Instant asOf = Instant.parse((String) spine.get(i).get("as_of"));
            assertThat(value(got.get(i).get(name + "_view__value")))
                    .as("%s of %s as of %s, known %s", key, name, asOf, known)
                    .isEqualTo(expected.apply(key, asOf));
        }
    }

    private List<Map<String, Object>> train(String name, List<Map<String, Object>> spine, String known) {
        return api.postJson(
                        "/historical-features",
                        Map.of("features", List.of(name + "_view:*"), "spine", Map.of("rows", spine), "known", known))
                .expect(200)
                .lines();
    }

    private void checkOnline(String name, java.util.function.Function<String, Optional<Long>> expected) {
        var rows = api.postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of(name + "_view:value"),
                                "entities",
                                        KEYS.stream()
                                                .map(key -> Map.of("k", key))
                                                .toList()))
                .expect(200)
                .json()
                .get("rows");
        for (int i = 0; i < KEYS.size(); i++) {
            var got = rows.get(i).get("values").get(0);
            assertThat(got.isNull() ? Optional.empty() : Optional.of(got.asLong()))
                    .as("%s of %s online at %s", KEYS.get(i), name, clock.instant())
                    .isEqualTo(expected.apply(KEYS.get(i)));
        }
    }

    private static Optional<Long> value(Object value) {
        return Optional.ofNullable((Number) value).map(Number::longValue);
    }

    private static Instant at(int read) {
        return BASE.plus(Duration.ofDays(read));
    }

    private TableReadOutcome read(String name, Instant now) {
        ((MutableClock) clock).set(now);
        return reader.read(new SourceName(name), PATIENT).orElseThrow();
    }

    private long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    private void createTable(String name, String column) {
        jdbc.sql("create schema if not exists lake").update();
        jdbc.sql("create table lake.%s (k text, at timestamptz, value bigint, %s)".formatted(name, column))
                .update();
        jdbc.sql("grant usage on schema lake to asof_tables").update();
        jdbc.sql("grant select on lake.%s to asof_tables".formatted(name)).update();
    }

    /** All of it, in another order, in one transaction, as dbt does. */
    private void rebuild(String name, List<List<Object>> rows, Random random) throws SQLException {
        var shuffled = new ArrayList<>(rows);
        java.util.Collections.shuffle(shuffled, random);
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("truncate lake." + name);
            try (var insert = connection.prepareStatement("insert into lake.%s values (?, ?, ?, ?)".formatted(name))) {
                for (var row : shuffled) {
                    insert.setString(1, (String) row.get(0));
                    insert.setObject(2, ((Instant) row.get(1)).atOffset(ZoneOffset.UTC));
                    insert.setLong(3, (Long) row.get(2));
                    insert.setInt(4, random.nextInt());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private void define(String name, String read, String field, String... columns) {
        api.apply("""
            kind: entity
            name: %1$s_key
            keys: [{name: k, type: STRING}]
            ---
            kind: source
            name: %1$s
            type: table
            table: lake.%1$s
            read: %2$s
            columns:
              - {name: at, type: TIMESTAMP}
              - {name: k, type: STRING}
              - {name: value, type: INT64}
              %4$s
            event_timestamp: at
            %3$s
            max_invalid_ratio: 1
            ---
            kind: feature_view
            name: %1$s_view
            entities: [%1$s_key]
            source: %1$s
            features: [{name: value, column: value}]
            """.formatted(name, read, field, String.join("\n  ", columns)))
                .expect(200);
    }
}
