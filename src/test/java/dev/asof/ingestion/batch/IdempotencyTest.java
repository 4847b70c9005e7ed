package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ParquetFiles;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Rule I2. */
@AsofServerTest
class IdempotencyTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");

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
        readings.defineView("{name: amount, column: amount}").expect(200);
        return readings;
    }

    @Test
    void I2_theSameBodyUnderTheSameKeyIsOneBatchWithTheFirstAnswer() {
        var readings = readings("once");
        var key = Map.of("Idempotency-Key", "k");
        String body = Readings.ndjson(10, 3, PAST);
        var first = readings.stream(body, key).expect(200);
        assertThat(first.json().get("online").asString()).isEqualTo("applied");
        assertThat(readings.stream(body, key).expect(200).body()).isEqualTo(first.body());
        assertThat(readings.logRows()).isEqualTo(10);
        assertThat(readings.stream(Readings.ndjson(11, 3, PAST), key)
                        .json()
                        .get("code")
                        .asString())
                .isEqualTo("idempotency_key_reused");
        var elsewhere = readings("elsewhere");
        elsewhere.stream(body, key).expect(200);
        assertThat(elsewhere.logRows()).isEqualTo(10);
    }

    @Test
    void I2_withoutAKeyARetryIsNewEvents() {
        var readings = readings("twice");
        String body = Readings.ndjson(10, 3, PAST);
        readings.stream(body, Map.of()).expect(200);
        readings.stream(body, Map.of()).expect(200);
        assertThat(readings.logRows()).isEqualTo(20);
    }

    @Test
    void I2_ofRequestsAtTheSameTimeOneIsTheBatchAndTheOthersRunOrGetItsAnswer() throws Exception {
        var readings = readings("race");
        var key = Map.of("Idempotency-Key", "k");
        String body = Readings.ndjson(60_000, 100, PAST);
        var batches = new ArrayList<Long>();
        int running = 0;
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<ApiClient.Answer>>();
            for (int i = 0; i < 4; i++) {
                answers.add(clients.submit(() -> readings.stream(body, key)));
            }
            for (var future : answers) {
                var answer = future.get();
                if (answer.status() == 409) {
                    assertThat(answer.json().get("code").asString()).isEqualTo("still_running");
                    running++;
                } else {
                    batches.add(answer.expect(200).json().get("batch_id").asLong());
                }
            }
        }
        assertThat(batches).isNotEmpty().allMatch(batches.getFirst()::equals);
        assertThat(running).isPositive();
        assertThat(readings.stream(body, key).expect(200).json().get("batch_id").asLong())
                .isEqualTo(batches.getFirst());
        assertThat(readings.logRows()).isEqualTo(60_000);
    }

    @Test
    void I2_ofSmallRequestsAtTheSameTimeOneIsTheBatchAndOtherBodiesAreRefused() throws Exception {
        var readings = readings("smallrace");
        for (int round = 0; round < 5; round++) {
            var key = Map.of("Idempotency-Key", "k" + round);
            var batches = new HashSet<Long>();
            var bodies = new HashSet<String>();
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var answers = new ArrayList<Future<ApiClient.Answer>>();
                for (int i = 0; i < 16; i++) {
                    String body = Readings.ndjson(1 + i % 2, 1, PAST);
                    answers.add(clients.submit(() -> readings.stream(body, key)));
                }
                for (var future : answers) {
                    var answer = future.get();
                    if (answer.status() == 200) {
                        batches.add(answer.json().get("batch_id").asLong());
                        bodies.add(answer.json().get("accepted").asString());
                    } else {
                        assertThat(answer.json().get("code").asString())
                                .isIn("still_running", "idempotency_key_reused");
                    }
                }
            }
            assertThat(batches).hasSize(1);
            assertThat(bodies).hasSize(1);
        }
        assertThat(readings.count("select count(*) from asof.batch where source = 'smallrace_rows'"))
                .isEqualTo(5);
    }

    @Test
    void I2_aKeyThatAnotherServerHoldsIsStillRunningAndHoldsUpNoOther() throws Exception {
        var readings = readings("elsewhereheld");
        String body = Readings.ndjson(1, 1, PAST);
        String hash = "NDJSON:"
                + HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
        try (var other = dataSource.getConnection();
                var statement = other.createStatement();
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            other.setAutoCommit(false);
            statement.execute("""
                insert into asof.idempotency_key (principal, source, key, body_hash, created_at)
                select 'everybody', 'elsewhereheld_rows', 'held' || n, '%s', now() from generate_series(1, 3) n
                """.formatted(hash));
            var answers = new LinkedHashMap<String, Future<ApiClient.Answer>>();
            for (String key : List.of("held1", "free1", "held2", "free2", "held3", "free3")) {
                answers.put(key, clients.submit(() -> readings.stream(body, Map.of("Idempotency-Key", key))));
            }
            for (var answer : answers.entrySet()) {
                assertThat(answer.getValue().get().status())
                        .as(answer.getKey())
                        .isEqualTo(answer.getKey().startsWith("held") ? 409 : 200);
            }
            other.rollback();
        }
        assertThat(readings.logRows()).isEqualTo(3);
        readings.stream(body, Map.of("Idempotency-Key", "held1")).expect(200);
        assertThat(readings.stream(body, Map.of("Idempotency-Key", "free1"))
                        .expect(200)
                        .json()
                        .get("online")
                        .asString())
                .isEqualTo("applied");
        assertThat(readings.logRows()).isEqualTo(4);
    }

    @Test
    void I2_aRepetitionGetsTheFirstAnswerThoughItsSourceWouldRefuseItNow() {
        var readings = readings("tightened");
        var key = Map.of("Idempotency-Key", "k");
        String body = Readings.ndjson(150, 1, PAST);
        var first = readings.stream(body, key).expect(200);
        readings.defineSource("{name: site, type: STRING}");
        api.apply("""
            kind: source
            name: tightened_rows
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: meter, type: STRING, required: true}
              - {name: amount, type: INT64}
              - {name: gone, type: BOOLEAN}
              - {name: site, type: STRING, required: true}
            event_timestamp: at
            tombstone: gone
            """).expect(200);
        readings.stream(body, Map.of()).expect(422);
        assertThat(readings.stream(body, key).expect(200).body()).isEqualTo(first.body());
        assertThat(readings.stream(body + "\n", key)
                        .expect(422)
                        .json()
                        .get("code")
                        .asString())
                .isEqualTo("idempotency_key_reused");
    }

    @Test
    void smallBodiesWaitForNoLargeOnes() throws Exception {
        var large = readings("slow");
        large.execute("""
            create or replace function public.hold_large() returns trigger language plpgsql as
            $$ begin
                perform set_config('lock_timeout', '0', true), pg_advisory_xact_lock_shared(4712);
                return new;
            end $$;
            create trigger hold before insert on offline.slow_rows__log
            for each row when (new.meter = 'm0') execute function public.hold_large()
            """);
        var quick = readings("quick");
        try (var lock = dataSource.getConnection();
                var statement = lock.createStatement();
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            statement.execute("select pg_advisory_lock(4712)");
            var held = new ArrayList<Future<ApiClient.Answer>>();
            for (int i = 0; i < 4; i++) {
                String body = Readings.ndjson(5_000, 1, PAST.plusSeconds(i));
                held.add(clients.submit(() -> large.stream(body, Map.of())));
            }
            Eventually.until(
                    () -> large.count("select count(*) from pg_locks where locktype = 'advisory' and objid = 4712 and"
                                    + " not granted")
                            == 4,
                    () -> "the large lane isn't full");
            var small = new LinkedHashMap<String, Future<ApiClient.Answer>>();
            small.put(
                    "keyed",
                    clients.submit(
                            () -> quick.stream(Readings.ndjson(1, 1, PAST), Map.of("Idempotency-Key", "one row"))));
            small.put(
                    "parquet",
                    clients.submit(() -> api.post(
                            "/sources/quick_rows/rows",
                            "application/vnd.apache.parquet",
                            oneRowOfParquet(),
                            Map.of())));
            for (var answer : small.entrySet()) {
                assertThat(answer.getValue().get(10, TimeUnit.SECONDS).status())
                        .as(answer.getKey())
                        .isEqualTo(200);
            }
            statement.execute("select pg_advisory_unlock(4712)");
            for (var answer : held) {
                answer.get().expect(200);
            }
        }
    }

    private static byte[] oneRowOfParquet() {
        return ParquetFiles.of(
                """
                message row {
                  required int64 at (TIMESTAMP(MICROS,true));
                  required binary meter (STRING);
                }\
                """, 1, (row, _) -> row.append("at", 1_767_225_600_000_000L).append("meter", "m1"));
    }

    @Test
    void I2_aRefusedBatchFreesItsKey() {
        var readings = readings("freed");
        var key = Map.of("Idempotency-Key", "k");
        readings.stream("{\"meter\":\"m1\"", key).expect(400);
        readings.stream(Readings.ndjson(200, 3, PAST).replace("\"at\":\"2026", "\"at\":\"x"), key)
                .expect(422);
        readings.stream(Readings.ndjson(5, 3, PAST), key).expect(200);
        assertThat(readings.logRows()).isEqualTo(5);
        assertThat(readings.count("select count(*) from asof.quarantined_row where source = 'freed_rows'"))
                .isZero();
    }

    @Test
    void aKeyOfABadFormIsRefused() {
        var readings = readings("badkey");
        readings.stream(Readings.ndjson(1, 1, PAST), Map.of("Idempotency-Key", " "))
                .expect(400);
        readings.stream(Readings.ndjson(1, 1, PAST), Map.of("Idempotency-Key", "k".repeat(300)))
                .expect(400);
        assertThat(List.of(readings.logRows())).containsExactly(0L);
    }
}
