package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.MutableClock;
import dev.asof.support.Readings;
import dev.asof.support.SettableTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;

/** Rules about time, on a clock that stands still until it is set. */
@AsofServerTest
@Import(SettableTime.class)
class TimeRulesTest {

    private static final String AMOUNT = "{name: amount, column: amount}";

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private Clock clock;

    private ApiClient api;
    private MutableClock time;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
        time = SettableTime.of(clock);
    }

    private Readings readings(String name) {
        var readings = new Readings(api, dataSource, name).defineSource();
        readings.defineView(AMOUNT).expect(200);
        return readings;
    }

    private String offline(Readings readings, String meter, Instant asOf) {
        var answer = api.postJson(
                "/historical-features",
                Map.of(
                        "features", List.of(readings.view() + ":amount"),
                        "spine", Map.of("rows", List.of(Map.of("meter", meter, "as_of", asOf.toString())))));
        return String.valueOf(answer.expect(200).lines().getFirst().get(readings.view() + "__amount"));
    }

    @Test
    void T2_aRowAheadOfTheClockComesOnlineWhenItsTimeComesAndBlocksNoOther() {
        var readings = readings("ahead");
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant due = now.plusSeconds(30);
        var answer = readings.send(List.of(
                        Readings.reading("m1", now.minusSeconds(5), 1),
                        Readings.reading("m1", due, 2),
                        Readings.reading("m2", now, 3),
                        Readings.reading("m3", now.plusSeconds(3_600), 4)))
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(3);
        assertThat(answer.get("quarantined").asInt()).isOne();
        assertThat(answer.get("online").asString()).isEqualTo("scheduled");
        assertThat(readings.online(1, "amount", List.of("m1", "m2", "m3")))
                .isEqualTo(Map.of("m1", "1", "m2", "3", "m3", ""));

        assertThat(readings.send(List.of(Readings.reading("m1", now.minusSeconds(1), 5)))
                        .expect(200)
                        .json()
                        .get("online")
                        .asString())
                .isEqualTo("applied");
        assertThat(readings.online(1, "amount", List.of("m1"))).containsValue("5");
        assertThat(offline(readings, "m1", due.minusNanos(1_000))).isEqualTo("5");
        assertThat(offline(readings, "m1", due)).isEqualTo("2");

        time.set(due.minusSeconds(20));
        assertThat(readings.online(1, "amount", List.of("m1"))).containsValue("5");
        time.set(due.plusSeconds(1));
        Eventually.until(
                () -> readings.online(1, "amount", List.of("m1")).containsValue("2"),
                () -> readings.online(1, "amount", List.of("m1")));
        readings.awaitNothingOwed();
    }

    @Test
    void T2_severalRowsOfABatchFallDueOneAfterTheOther() {
        var readings = readings("steps");
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        readings.send(List.of(
                        Readings.reading("m1", now.plusSeconds(20), 1),
                        Readings.reading("m1", now.plusSeconds(40), 2),
                        Readings.reading("m2", now.plusSeconds(40), 3)))
                .expect(200);
        time.set(now.plusSeconds(25));
        Eventually.until(() -> readings.online(1, "amount", List.of("m1")).containsValue("1"), () -> "not online");
        assertThat(readings.online(1, "amount", List.of("m2"))).containsValue("");
        time.set(now.plusSeconds(45));
        Eventually.until(() -> readings.online(1, "amount", List.of("m1")).containsValue("2"), () -> "not online");
        readings.awaitNothingOwed();
        readings.checkOnline(1, "amount", clock.instant());
    }

    @Test
    void I2_aKeyIsForgottenAfterADay() {
        var readings = readings("daily");
        var key = Map.of("Idempotency-Key", "nightly load");
        String first = Readings.ndjson(
                3, 3, clock.instant().truncatedTo(ChronoUnit.MILLIS).minusSeconds(100));
        String other = Readings.ndjson(
                2, 2, clock.instant().truncatedTo(ChronoUnit.MILLIS).minusSeconds(100));
        var answer = readings.stream(first, key).expect(200).json();
        for (int i = 0; i < 150; i++) {
            readings.execute("""
                insert into asof.idempotency_key values ('p', 's', 'old %s', 'h', '{}', '2026-01-01')
                """.formatted(i));
        }
        time.set(clock.instant().plus(Duration.ofDays(1)).minusSeconds(60));
        assertThat(readings.stream(first, key).expect(200).json()).isEqualTo(answer);
        readings.stream(other, key).expect(422);
        time.set(clock.instant().plusSeconds(60));
        assertThat(readings.stream(other, key).expect(200).json().get("batch_id"))
                .isNotEqualTo(answer.get("batch_id"));
        assertThat(readings.logRows()).isEqualTo(5);
        readings.stream(
                        Readings.ndjson(1, 1, clock.instant().truncatedTo(ChronoUnit.MILLIS)),
                        Map.of("Idempotency-Key", "another"))
                .expect(200);
        assertThat(readings.count("select count(*) from asof.idempotency_key where source = 's'"))
                .isLessThan(150);
    }
}
