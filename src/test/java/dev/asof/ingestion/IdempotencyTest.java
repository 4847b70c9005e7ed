package dev.asof.ingestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Readings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
        assertThat(readings.stream(Readings.ndjson(11, 3, PAST), key).json().get("code").asString())
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
        assertThat(readings.stream(body, key).expect(200).json().get("batch_id").asLong()).isEqualTo(batches.getFirst());
        assertThat(readings.logRows()).isEqualTo(60_000);
    }

    @Test
    void I2_aRefusedBatchFreesItsKey() {
        var readings = readings("freed");
        var key = Map.of("Idempotency-Key", "k");
        readings.stream("{\"meter\":\"m1\"", key).expect(400);
        readings.stream(Readings.ndjson(200, 3, PAST).replace("\"at\":\"2026", "\"at\":\"x"), key).expect(422);
        readings.stream(Readings.ndjson(5, 3, PAST), key).expect(200);
        assertThat(readings.logRows()).isEqualTo(5);
        assertThat(readings.count("select count(*) from asof.quarantined_row where source = 'freed_rows'")).isZero();
    }

    @Test
    void aKeyOfABadFormIsRefused() {
        var readings = readings("badkey");
        readings.stream(Readings.ndjson(1, 1, PAST), Map.of("Idempotency-Key", " ")).expect(400);
        readings.stream(Readings.ndjson(1, 1, PAST), Map.of("Idempotency-Key", "k".repeat(300))).expect(400);
        assertThat(List.of(readings.logRows())).containsExactly(0L);
    }
}
