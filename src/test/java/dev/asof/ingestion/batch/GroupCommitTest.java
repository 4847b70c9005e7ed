package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

@AsofServerTest
class GroupCommitTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";
    private static final int CLIENTS = 16;
    private static final int POSTS = 40;

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    @Test
    void I1_I3_nothingIsLostWhenSixteenClientsPostRowsWhileColumnsAndVersionsAreAdded() throws Exception {
        var readings = new Readings(api, dataSource, "crowd").defineSource();
        readings.defineView(AMOUNT).expect(200);
        var batches = new ConcurrentLinkedQueue<Long>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                running.add(clients.submit((Callable<Void>) () -> {
                    for (int post = 0; post < POSTS; post++) {
                        var row = new HashMap<>(
                                Readings.reading("m" + post % 10, PAST.plusSeconds((37 * post + number) % 50), post));
                        row.put("site", "s" + number);
                        row.put("line", number);
                        batches.add(readings.send(List.of(row))
                                .expect(200)
                                .json()
                                .get("batch_id")
                                .asLong());
                    }
                    return null;
                }));
            }
            readings.defineView(AMOUNT, "{name: twice, expression: \"amount * 2\"}")
                    .expect(200);
            readings.defineSource("{name: site, type: STRING}");
            readings.defineView(AMOUNT, "{name: twice, expression: \"amount * 2\"}", "{name: site, column: site}")
                    .expect(200);
            readings.defineSource("{name: site, type: STRING}", "{name: line, type: INT64}");
            for (var client : running) {
                client.get();
            }
        }
        for (int version = 1; version <= 3; version++) {
            readings.awaitReady(version);
        }
        readings.awaitNothingOwed();
        assertThat(batches).hasSize(CLIENTS * POSTS);
        assertThat(new HashSet<>(batches)).hasSize(CLIENTS * POSTS);
        var stored = JdbcClient.create(dataSource)
                .sql("select distinct batch_id from offline.crowd_rows__log")
                .query(Long.class)
                .set();
        assertThat(stored).isEqualTo(new HashSet<>(batches));
        readings.checkComplete(1, "amount", "l.amount");
        readings.checkComplete(2, "twice", "l.amount * 2");
        readings.checkComplete(3, "site", "l.site");
        readings.checkOnline(1, "amount", Instant.now());
        readings.checkOnline(2, "twice", Instant.now());
        readings.checkOnline(3, "site", Instant.now());
    }

    @Test
    void aRefusedBatchHurtsNoneThatCommitWithIt() throws Exception {
        var readings = new Readings(api, dataSource, "mixed").defineSource();
        readings.defineView(AMOUNT).expect(200);
        var statuses = new ArrayList<Integer>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<ApiClient.Answer>>();
            for (int i = 0; i < 120; i++) {
                int number = i;
                answers.add(clients.submit(() -> switch (number % 3) {
                    case 0 -> readings.send(List.of(Readings.reading("m" + number, PAST, number)));
                    case 1 -> api.post("/sources/mixed_rows/rows", "text/csv", "amount\n1\n");
                    default -> readings.stream("{\"meter\":", Map.of());
                }));
            }
            for (var answer : answers) {
                statuses.add(answer.get().status());
            }
        }
        for (int i = 0; i < 120; i++) {
            assertThat(statuses.get(i)).isEqualTo(i % 3 == 0 ? 200 : i % 3 == 1 ? 422 : 400);
        }
        assertThat(readings.logRows()).isEqualTo(40);
        readings.checkComplete(1, "amount", "l.amount");
    }

    @Test
    void I1_eachBatchOfAGroupIsAnsweredByItsOwnRows() throws Exception {
        var readings = new Readings(api, dataSource, "ahead_of").defineSource();
        readings.defineView(AMOUNT).expect(200);
        Instant ahead = Instant.now().plusSeconds(50).truncatedTo(ChronoUnit.MILLIS);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<ApiClient.Answer>>();
            for (int i = 0; i < 60; i++) {
                var row = Readings.reading("m" + i, i % 2 == 0 ? PAST : ahead, i);
                answers.add(clients.submit(() -> readings.send(List.of(row))));
            }
            for (int i = 0; i < 60; i++) {
                assertThat(answers.get(i).get().expect(200).json().get("online").asString())
                        .isEqualTo(i % 2 == 0 ? "applied" : "scheduled");
            }
        }
        Eventually.until(
                () -> readings.count("select count(*) from asof.online_work where source = 'ahead_of_rows'") == 30,
                () -> "only what is ahead of the clock is owed");
    }

    /** A trigger of the test stands for whatever Postgres may find wrong with a row. */
    @Test
    void aRowThatPostgresRefusesHurtsNoneThatCommitWithIt() throws Exception {
        var readings = new Readings(api, dataSource, "cursed").defineSource();
        readings.defineView(AMOUNT).expect(200);
        readings.execute("alter table offline.cursed_rows__log add constraint lucky check (amount <> 13)");
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<ApiClient.Answer>>();
            for (int i = 0; i < 60; i++) {
                int number = i;
                answers.add(clients.submit(() -> readings.send(List.of(Readings.reading("m" + number, PAST, number)))));
            }
            for (int i = 0; i < 60; i++) {
                assertThat(answers.get(i).get().status()).isEqualTo(i == 13 ? 500 : 200);
            }
        }
        assertThat(readings.logRows()).isEqualTo(59);
        readings.checkComplete(1, "amount", "l.amount");
        readings.checkOnline(1, "amount", Instant.now());
    }

    @Test
    void I5_aTombstoneDeletesItsKeyFromItsTimeOnWhateverArrivesLater() {
        var readings = new Readings(api, dataSource, "gone").defineSource();
        readings.defineView(AMOUNT).expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 1), Readings.reading("m2", PAST, 2)))
                .expect(200);
        readings.send(List.of(Map.of("meter", "m1", "at", PAST.plusSeconds(10).toString(), "gone", true)))
                .expect(200);
        readings.send(List.of(Readings.reading("m1", PAST.plusSeconds(5), 3))).expect(200);
        assertThat(readings.online(1, "amount", List.of("m1", "m2"))).isEqualTo(Map.of("m1", "", "m2", "2"));
        readings.checkOnline(1, "amount", Instant.now());
        assertThat(readings.count("""
            select gone_view__amount from features.gone_view_asof('m1', '2026-01-01T00:00:09Z')
            """)).isEqualTo(3);
        readings.send(List.of(Readings.reading("m1", PAST.plusSeconds(11), 4))).expect(200);
        assertThat(readings.online(1, "amount", List.of("m1"))).containsValue("4");
    }
}
