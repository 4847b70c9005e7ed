package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

@AsofServerTest
class StreamedBatchTest {

    private static final String CONTRACT = """
        kind: source
        name: %s_rows
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: meter, type: STRING, required: true}
          - {name: amount, type: INT64}
          - {name: gone, type: BOOLEAN}
        event_timestamp: at
        tombstone: gone
        %s
        """;
    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    private Readings readings(String name) {
        var readings = new Readings(api, dataSource, name).defineSource();
        readings.defineView(AMOUNT).expect(200);
        return readings;
    }

    private static String csv(int rows) {
        var csv = new StringBuilder("at,meter,amount\n");
        for (int i = 0; i < rows; i++) {
            csv.append(PAST.plusSeconds(i))
                    .append(",m")
                    .append(i % 100)
                    .append(',')
                    .append(i)
                    .append('\n');
        }
        return csv.toString();
    }

    private static List<Path> bodies() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("asof-rows-"))
                    .toList();
        }
    }

    private static long computingThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("compute-batch-"))
                .count();
    }

    private void checkNothingIsLeft(Readings readings, List<Path> before) {
        assertThat(readings.logRows()).isZero();
        readings.checkComplete(1, "amount", "l.amount");
        String source = "'" + readings.source() + "'";
        assertThat(readings.count("select count(*) from asof.batch where source = " + source))
                .isZero();
        assertThat(readings.count("select count(*) from asof.quarantined_row where source = " + source))
                .isZero();
        assertThat(readings.count("select count(*) from asof.online_work where source = " + source))
                .isZero();
        Eventually.until(() -> computingThreads() == 0, Thread::getAllStackTraces);
        assertThat(readings.count("select count(*) from pg_stat_activity where state like 'idle in transaction%'"
                        + " and datname = current_database()"))
                .isZero();
        Eventually.until(() -> sameBodies(before), () -> "temporary files are left");
    }

    private static boolean sameBodies(List<Path> before) {
        try {
            return before.containsAll(bodies());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void I4_aBodyThatBreaksInTheMiddleStoresNothing() throws IOException {
        var readings = readings("broken");
        var before = bodies();
        int middle = Readings.ndjson(100_000, 50, PAST).length();
        String ndjson = new StringBuilder(Readings.ndjson(200_000, 50, PAST))
                .insert(middle, "{\"meter\": }\n")
                .toString();
        assertThat(readings.stream(ndjson, Map.of()).status()).isEqualTo(400);
        String csv = csv(200_000).replaceFirst("m0,150000\n", "\"m0,150000\n");
        assertThat(api.post("/sources/broken_rows/rows", "text/csv", csv).status())
                .isEqualTo(400);
        checkNothingIsLeft(readings, before);
    }

    @Test
    void I4_aBodyWithTooManyBadRowsStoresNothingAndListsTheFirst() throws IOException {
        var readings = readings("spoiled");
        var before = bodies();
        String csv = csv(100_000).replaceAll(",m(\\d)7,", ",,");
        var answer = api.post("/sources/spoiled_rows/rows", "text/csv", csv);
        assertThat(answer.expect(422).json().get("violations").size()).isEqualTo(100);
        checkNothingIsLeft(readings, before);
    }

    @Test
    void aBatchThatPostgresRefusesInTheMiddleLeavesNothingBehind() throws IOException {
        var readings = readings("refused");
        readings.execute("alter table offline.refused_rows__log add constraint lucky check (amount <> 90000)");
        var before = bodies();
        assertThat(readings.stream(Readings.ndjson(200_000, 50, PAST), Map.of()).status())
                .isEqualTo(500);
        checkNothingIsLeft(readings, before);
    }

    @Test
    void I4_quarantinedRowsAmongManyChunksAreKeptAndReplayed() {
        var readings = readings("partly");
        String csv = csv(100_000).replace(",m13,", ",,");
        var answer = api.post("/sources/partly_rows/rows", "text/csv", csv)
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(99_000);
        assertThat(answer.get("quarantined").asInt()).isEqualTo(1_000);
        assertThat(answer.get("online").asString()).isEqualTo("applied");
        readings.checkComplete(1, "amount", "l.amount");
        readings.checkOnline(1, "amount", Instant.now());

        readings.defineView(AMOUNT, "{name: twice, expression: \"amount * 2\"}").expect(200);
        readings.awaitReady(2);
        readings.checkComplete(2, "twice", "l.amount * 2");

        var still = api.post("/sources/partly_rows/quarantine/replay", "application/json", "")
                .expect(200)
                .json();
        assertThat(still.get("accepted").asInt()).isZero();
        assertThat(still.get("remaining").asInt()).isEqualTo(1_000);
        assertThat(recorded(readings, "push", 99_000, 1_000)).isOne();
    }

    @Test
    void replayedRowsLeaveQuarantineOnceTheirContractIsMended() {
        var readings = readings("mended");
        api.apply(CONTRACT.formatted("mended", "expectations: [{column: amount, between: [0, 10]}]"))
                .expect(200);
        readings.send(List.of(
                        Readings.reading("m1", PAST, 5),
                        Readings.reading("m1", PAST.plusSeconds(1), 11),
                        Map.of("meter", "m\n2", "at", PAST.toString(), "amount", 12, "extra", Map.of("a", "\n")),
                        Map.of("meter", "m3", "at", PAST.toString(), "amount", "none")))
                .expect(200);
        assertThat(readings.online(1, "amount", List.of("m1", "m\n2"))).isEqualTo(Map.of("m1", "5", "m\n2", ""));
        api.apply(CONTRACT.formatted("mended", "")).expect(200);

        var answer = api.post("/sources/mended_rows/quarantine/replay", "application/json", "")
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(2);
        assertThat(answer.get("refused").asInt()).isEqualTo(1);
        assertThat(answer.get("remaining").asInt()).isEqualTo(1);
        assertThat(answer.get("online").asString()).isEqualTo("applied");
        assertThat(readings.online(1, "amount", List.of("m1", "m\n2"))).isEqualTo(Map.of("m1", "11", "m\n2", "12"));
        readings.checkComplete(1, "amount", "l.amount");

        var again = api.post("/sources/mended_rows/quarantine/replay", "application/json", "")
                .expect(200)
                .json();
        assertThat(again.get("accepted").asInt()).isZero();
        assertThat(readings.logRows()).isEqualTo(3);
        assertThat(recorded(readings, "push", 1, 3)).isOne();
        assertThat(recorded(readings, "replay", 2, 1)).isOne();
    }

    /** How many batches of a kind are on record with so many rows. */
    private static long recorded(Readings readings, String kind, long accepted, long quarantined) {
        return readings.count("""
            select count(*) from asof.batch
            where source = '%s' and kind = '%s' and accepted = %s and quarantined = %s
            """.formatted(readings.source(), kind, accepted, quarantined));
    }

    @Test
    void I4_aReplayedRowBelongsToItsNewBatchAndLosesToACorrectionAcceptedSince() {
        var readings = readings("corrected");
        api.apply(CONTRACT.formatted("corrected", "expectations: [{column: amount, between: [0, 10]}]"))
                .expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 1), Readings.reading("m2", PAST, 2)))
                .expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 11), Readings.reading("m2", PAST, 12)))
                .expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 3))).expect(200);
        api.apply(CONTRACT.formatted("corrected", "")).expect(200);
        readings.defineView("{name: amount, column: amount}", "{name: twice, expression: \"amount * 2\"}")
                .expect(200);
        readings.awaitReady(2);

        var answer = api.post("/sources/corrected_rows/quarantine/replay", "application/json", "")
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(2);
        readings.defineView("{name: amount, column: amount}", "{name: thrice, expression: \"amount * 3\"}")
                .expect(200);
        readings.awaitReady(3);

        var rows = Map.of("m1", "3", "m2", "12");
        for (int version = 1; version <= 3; version++) {
            assertThat(readings.offline(version, "amount", Instant.now())).isEqualTo(rows);
            assertThat(readings.online(version, "amount", List.of("m1", "m2"))).isEqualTo(rows);
            readings.checkComplete(version, "amount", "l.amount");
            assertThat(readings.count("select count(*) from offline.corrected_view__v%s where batch_id = %s"
                            .formatted(version, answer.get("batch_id").asLong())))
                    .isEqualTo(2);
        }
    }

    @Test
    void I1_aBatchForManyViewsIsOnlineInAllOfThem() {
        var readings = readings("crowded");
        var views = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            views.append("""
                ---
                kind: feature_view
                name: crowded_view_%1$s
                entities: [crowded_meter]
                source: crowded_rows
                features: [{name: amount, expression: "amount + %1$s"}]
                """.formatted(i));
        }
        api.apply(views.substring(4)).expect(200);
        readings.stream(Readings.ndjson(12_000, 6_000, PAST), Map.of()).expect(200);
        var meters = List.of("m0", "m77", "m5999");
        for (int i = 0; i < 40; i++) {
            String view = "crowded_view_" + i;
            assertThat(readings.count("select count(*) from features." + view)).isEqualTo(12_000);
            var lookup = Map.of(
                    "features", List.of(view + ":amount"),
                    "entities",
                            meters.stream().map(meter -> Map.of("meter", meter)).toList());
            var rows =
                    api.postJson("/online-features", lookup).expect(200).json().get("rows");
            for (int m = 0; m < meters.size(); m++) {
                assertThat(rows.get(m).get("values").get(0).asLong())
                        .as("%s of %s", view, meters.get(m))
                        .isEqualTo(6_000 + Integer.parseInt(meters.get(m).substring(1)) + i);
            }
        }
    }

    @Test
    void I1_aBatchOfMoreKeysThanFitInMemoryIsOnlineToo() {
        var readings = readings("manykeys");
        var csv = new StringBuilder("at,meter,amount\n");
        for (int i = 0; i < 220_000; i++) {
            csv.append(PAST.plusSeconds(i % 3))
                    .append(",k")
                    .append(i % 200_000)
                    .append(',')
                    .append(i)
                    .append('\n');
        }
        var answer = api.post("/sources/manykeys_rows/rows", "text/csv", csv.toString())
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(220_000);
        assertThat(answer.get("online").asString()).isEqualTo("applied");
        readings.checkOnline(1, "amount", Instant.now());
    }
}
