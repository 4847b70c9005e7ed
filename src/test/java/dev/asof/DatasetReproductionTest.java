package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rules A4 and A7 against an oracle that looks at every row of the batches that were there: while other batches are in
 * flight, fail and come later, rows are corrected or sent again from quarantine, and views get new versions.
 */
@AsofServerTest
class DatasetReproductionTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MINUTES = 200;

    /** An accepted row, as the oracle sees it; rows are in order of acceptance. */
    private record Row(String meter, int minute, int known, Double amount) {}

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private DataSource dataSource;

    private Meters meters;
    private final List<Row> accepted = new ArrayList<>();
    private List<Row> refused = List.of();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void A4_A7_aDatasetIsBuiltFromWhatWasThereAndCanBeBuiltSoAgain(long seed) throws Exception {
        var random = new Random(seed);
        meters = new Meters(port).define("", "expectations: [{column: amount, between: [-100, 1000]}]");
        refuse(random);
        send(random, 60);
        var spine = spine(random);
        boolean strict = random.nextBoolean();
        String known = List.of("latest", "as_recorded", Meters.at(120)).get((int) seed % 3);
        var request = meters.request("spine", Map.of("rows", spine), "strict", strict, "known", known);
        var before = List.copyOf(accepted);

        String dataset;
        try (var inFlight = new BatchInFlight(random)) {
            send(random, 20);
            before = List.copyOf(accepted);
            beforeBuild(meters);
            dataset = meters.build(request);
            inFlight.finish();
        }
        check(dataset, spine, before, strict, known);
        assertThat(meters.manifest(dataset).get("seen").get("missing_batches"))
                .as("the batch in flight")
                .isNotEmpty();

        changeEverything(random);
        beforeBuild(meters);
        var rebuilt = meters.rebuild(dataset);
        var manifest = meters.manifest(rebuilt);
        assertThat(manifest.get("rebuilt_from").get("matches").asBoolean()).isTrue();
        assertThat(manifest.get("content_hash"))
                .isEqualTo(meters.manifest(dataset).get("content_hash"));
        assertThat(manifest.get("seen")).isEqualTo(meters.manifest(dataset).get("seen"));
        assertThat(meters.send("GET", rebuilt + "/rows.parquet").body())
                .isEqualTo(meters.send("GET", dataset + "/rows.parquet").body());
        check(rebuilt, spine, before, strict, known);
        check(meters.build(request), spine, accepted, strict, known);
    }

    /** Called before datasets are built. */
    void beforeBuild(Meters of) {}

    /** More rows, corrections of old ones, a rolled-back batch, and versions that are backfilled with all of it. */
    private void changeEverything(Random random) {
        send(random, 40);
        var corrections = accepted.stream()
                .limit(30)
                .map(row -> new Row(row.meter(), row.minute(), row.known(), -1.0 - random.nextInt(9)))
                .toList();
        accept(corrections);
        replay();
        jdbc.sql("select nextval(pg_get_serial_sequence('asof.batch', 'id'))")
                .query(Long.class)
                .single();
        meters.define("- {name: twice, expression: \"amount * 2\"}");
        send(random, 10);
    }

    @Test
    void A7_aDatasetOfABackfilledVersionCountsTheBatchesThatWereBackfilled() throws Exception {
        var random = new Random(7);
        meters = new Meters(port).define("");
        send(random, 50);
        meters.define("- {name: twice, expression: \"amount * 2\"}");
        Eventually.until(
                () -> meters.api()
                        .get("/feature-services/" + meters.name() + "_svc/versions/2")
                        .body()
                        .contains("\"ready\""),
                () -> meters.api()
                        .get("/feature-services/" + meters.name() + "_svc/versions")
                        .body());
        var spine = spine(random);
        var request = meters.request(
                "spine", Map.of("rows", spine), "feature_service", meters.name() + "_svc@v2", "known", "latest");
        var before = List.copyOf(accepted);
        beforeBuild(meters);
        var dataset = meters.build(request);
        check(dataset, spine, before, false, "latest");
        send(random, 50);
        assertThat(meters.manifest(meters.rebuild(dataset))
                        .get("rebuilt_from")
                        .get("matches")
                        .asBoolean())
                .isTrue();
    }

    /** Rows of times at which others come as well; they wait in quarantine. */
    private void refuse(Random random) {
        refused = random(random, 40).stream()
                .map(row -> new Row(row.meter(), row.minute(), row.known(), 2_000.0 + row.minute()))
                .toList();
        meters.send(refused.stream()
                .map(row -> Meters.row(row.meter(), row.minute(), row.known(), row.amount()))
                .toList());
    }

    /** Known at their own times, and behind all others in ties: they were sent first (rule I4). */
    private void replay() {
        meters.define("");
        var answer = meters.api().post("/sources/" + meters.name() + "_rows/quarantine/replay", "application/json", "");
        assertThat(answer.expect(200).json().get("accepted").asInt()).isEqualTo(refused.size());
        accepted.addAll(0, refused);
    }

    private void send(Random random, int count) {
        accept(random(random, count));
    }

    private static List<Row> random(Random random, int count) {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < count; i++) {
            int minute = random.nextInt(MINUTES);
            rows.add(new Row(
                    "m" + random.nextInt(6),
                    minute,
                    minute + random.nextInt(60) - 5,
                    random.nextInt(5) == 0 ? null : (double) random.nextInt(100)));
        }
        return rows;
    }

    private void accept(List<Row> rows) {
        meters.send(rows.stream()
                .map(row -> Meters.row(row.meter(), row.minute(), row.known(), row.amount()))
                .toList());
        accepted.addAll(rows);
    }

    private static List<Map<String, Object>> spine(Random random) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 80; i++) {
            var row = new LinkedHashMap<String, Object>();
            row.put("id", i);
            row.put("meter", "m" + random.nextInt(7));
            row.put("as_of", Meters.at(random.nextInt(MINUTES)));
            spine.add(row);
        }
        return spine;
    }

    private void check(String dataset, List<Map<String, Object>> spine, List<Row> rows, boolean strict, String known) {
        var built = meters.rows(dataset);
        assertThat(built).hasSameSizeAs(spine);
        for (int i = 0; i < spine.size(); i++) {
            var asOf = Instant.parse((String) spine.get(i).get("as_of"));
            var winner = oracle(rows, (String) spine.get(i).get("meter"), asOf, strict, known);
            assertThat(built.get(i).get("id")).isEqualTo(spine.get(i).get("id"));
            assertThat(built.get(i).get(meters.name() + "_view__amount"))
                    .as("row %s of %s, strict %s, known %s: %s", i, dataset, strict, known, spine.get(i))
                    .isEqualTo(winner == null ? null : winner.amount());
        }
    }

    private static Row oracle(List<Row> rows, String meter, Instant asOf, boolean strict, String known) {
        Instant knownBy = switch (known) {
            case "latest" -> Instant.MAX;
            case "as_recorded" -> asOf;
            default -> Instant.parse(known);
        };
        Row winner = null;
        for (Row row : rows) {
            Instant time = Instant.parse(Meters.at(row.minute()));
            boolean counts = row.meter().equals(meter)
                    && (strict ? time.isBefore(asOf) : !time.isAfter(asOf))
                    && !Instant.parse(Meters.at(row.known())).isAfter(knownBy);
            if (counts && (winner == null || row.minute() >= winner.minute())) {
                winner = row;
            }
        }
        return winner;
    }

    /** A batch that has its id and some rows, and is not committed until told so. */
    private final class BatchInFlight implements AutoCloseable {

        private static final String HOLD = """
            create or replace function public.hold() returns trigger language plpgsql as
            $$ begin
                perform set_config('lock_timeout', '0', true), pg_advisory_xact_lock_shared(4711);
                return new;
            end $$;
            create trigger hold before insert on offline.%s_rows__log
            for each row when (new.meter = 'held') execute function public.hold()
            """;

        private final Connection lock;
        private final List<Row> rows;
        private final CompletableFuture<ApiClient.Answer> answer;

        BatchInFlight(Random random) throws SQLException {
            jdbc.sql(HOLD.formatted(meters.name())).update();
            lock = dataSource.getConnection();
            execute("select pg_advisory_lock(4711)");
            rows = new ArrayList<>(random(random, 30));
            rows.add(new Row("held", 0, 0, 0.0));
            long newest = newestId();
            var body = new StringBuilder();
            rows.forEach(row -> body.append(
                            JSON.writeValueAsString(Meters.row(row.meter(), row.minute(), row.known(), row.amount())))
                    .append('\n'));
            // a transaction of its own
            body.append("\n".repeat(300 << 10));
            answer = CompletableFuture.supplyAsync(() -> meters.api()
                    .post(
                            "/sources/" + meters.name() + "_rows/rows",
                            "application/x-ndjson",
                            body.toString().getBytes(StandardCharsets.UTF_8),
                            Map.of()));
            Eventually.until(() -> newestId() > newest, () -> "No batch began");
        }

        private long newestId() {
            return jdbc.sql("select last_value from asof.batch_id_seq")
                    .query(Long.class)
                    .single();
        }

        private void execute(String sql) throws SQLException {
            try (var statement = lock.createStatement()) {
                statement.execute(sql);
            }
        }

        /** It began before those that were sent meanwhile, so it loses ties against them. */
        void finish() throws SQLException {
            execute("select pg_advisory_unlock(4711)");
            answer.join().expect(200);
            accepted.addAll(60, rows);
        }

        @Override
        public void close() throws SQLException {
            execute("select pg_advisory_unlock_all()");
            lock.close();
        }
    }
}
