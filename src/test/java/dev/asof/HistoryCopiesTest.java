package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.BlockJoin;
import dev.asof.offline.CopiedHistory;
import dev.asof.offline.HistoryCopies;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Registry;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;

/** Joins with copies of the histories, as a client sees them. */
@AsofServerTest
@TestPropertySource(properties = "asof.offline.copies.least-spine-rows=20")
class HistoryCopiesTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    private HistoryCopies copies;

    @Autowired
    private Registry registry;

    @Autowired
    private MeterRegistry measured;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private DataSource dataSource;

    private Meters meters;

    @BeforeEach
    void define() {
        meters = new Meters(port).define("");
    }

    @Test
    void A1_whatWasAcceptedAfterTheCopyWasMadeIsInTheNextJoin() {
        send("a", 10, 1.0);
        copy();
        assertThat(joinedFrom("copy", "a", 20)).containsOnly(1.0);
        send("a", 15, 2.0);
        assertThat(joinedFrom("copy", "a", 20)).as("a newer row").containsOnly(2.0);
        send("a", 12, 3.0);
        assertThat(joinedFrom("copy", "a", 20)).as("a late row").containsOnly(2.0);
        assertThat(joinedFrom("copy", "a", 13)).as("a late row").containsOnly(3.0);
        send("a", 15, 4.0);
        assertThat(joinedFrom("copy", "a", 20)).as("a correction").containsOnly(4.0);
        send("b", 15, 5.0);
        assertThat(joinedFrom("copy", "b", 20)).as("a new key").containsOnly(5.0);
    }

    @Test
    void fewSpineRowsAreLeftToPostgres() {
        send("a", 10, 1.0);
        copy();
        double before = joins("postgres");
        assertThat(join("a", 20, 19)).containsOnly(1.0);
        assertThat(joins("postgres")).isEqualTo(before + 1);
    }

    @Test
    void whenMoreRowsCameThanAreJoinedPostgresDoesItAndTheHistoryIsCopiedAnew() {
        send("a", 10, 1.0);
        copy();
        meters.send(IntStream.range(0, 500)
                .mapToObj(minute -> Meters.row("b", minute, minute, (double) minute))
                .toList());
        assertThat(joinedFrom("postgres", "b", 499)).containsOnly(499.0);
        copy();
        assertThat(joinedFrom("copy", "b", 499)).containsOnly(499.0);
    }

    /** As after a restore from a backup, where the numbers of lost batches are given out again. */
    @Test
    void aCopyOfWhatPostgresNoLongerHasIsGivenUp() {
        send("a", 10, 1.0);
        copy();
        jdbc.sql("update asof.batch set xid = (xid::text::bigint + 1)::text::xid8 where source = :source")
                .param("source", meters.name() + "_rows")
                .update();
        assertThat(joinedFrom("postgres", "a", 20)).containsOnly(1.0);
        copy();
        assertThat(joinedFrom("copy", "a", 20)).containsOnly(1.0);
    }

    /** At once, not when Postgres has counted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "update offline.%s_view__v1 set amount = 7",
                "delete from offline.%s_view__v1",
                "truncate offline.%s_view__v1"
            })
    void A1_aCopyOfRowsThatWereChangedByHandIsGivenUp(String change) {
        send("a", 10, 1.0);
        copy();
        change(change);
        var expected = joinedFrom("postgres", "a", 20);
        copy();
        assertThat(joinedFrom("copy", "a", 20)).isEqualTo(expected);
        send("a", 12, 5.0);
        assertThat(joinedFrom("copy", "a", 20)).containsOnly(5.0);
    }

    @Test
    void A1_whoseRowsAreErasedAreInNoJoinOnceThatHasCommitted() throws SQLException {
        send("a", 10, 1.0);
        send("b", 10, 2.0);
        copy();
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("delete from offline.%s_view__v1 where meter = 'a'".formatted(meters.name()));
            assertThat(joinedFrom("copy", "a", 20)).as("not yet").containsOnly(1.0);
            connection.commit();
        }
        assertThat(joinedFrom("postgres", "a", 20)).containsOnlyNulls();
        copy();
        assertThat(joinedFrom("copy", "a", 20)).containsOnlyNulls();
        assertThat(joinedFrom("copy", "b", 20)).containsOnly(2.0);
    }

    @Test
    void whatChangesNoRowsOrIsUndoneLeavesACopyInUse() throws SQLException {
        send("a", 10, 1.0);
        copy();
        change("delete from offline.%s_view__v1 where meter = 'nobody'");
        change("update offline.%s_view__v1 set amount = 7 where meter = 'nobody'");
        change("vacuum full offline.%s_view__v1");
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("delete from offline.%s_view__v1".formatted(meters.name()));
            connection.rollback();
        }
        assertThat(joinedFrom("copy", "a", 20)).containsOnly(1.0);
    }

    @Test
    void A1_changesOfATableThatAnOlderServerMadeAreNoticedToo() {
        send("a", 10, 1.0);
        for (var event : List.of("updated", "deleted", "truncated")) {
            change("drop trigger asof_" + event + " on offline.%s_view__v1");
        }
        jdbc.sql("delete from asof.feature_table where relation = :relation")
                .param("relation", meters.name() + "_view__v1")
                .update();
        copy();
        change("update offline.%s_view__v1 set amount = 7");
        assertThat(joinedFrom("postgres", "a", 20)).containsOnly(7.0);
    }

    @Test
    void A1_aCopyIsGivenUpWhenARestoredBackupGivesItsRevisionOutAgain() {
        send("a", 10, 1.0);
        copy();
        change("update offline.%s_view__v1 set amount = 7");
        jdbc.sql("update asof.feature_table set revision = revision - 1 where relation = :relation")
                .param("relation", meters.name() + "_view__v1")
                .update();
        assertThat(joinedFrom("postgres", "a", 20)).containsOnly(7.0);
    }

    @Test
    void nothingIsLeftOfARetiredVersionsRevision() {
        send("a", 10, 1.0);
        assertThat(revisions()).isOne();
        for (var definition : List.of("/feature-services/%s_svc", "/feature-views/%s_view")) {
            meters.api().delete(definition.formatted(meters.name())).expect(200);
        }
        assertThat(revisions()).isZero();
    }

    private long revisions() {
        return jdbc.sql("select count(*) from asof.feature_table where relation = :relation")
                .param("relation", meters.name() + "_view__v1")
                .query(Long.class)
                .single();
    }

    private void change(String statement) {
        jdbc.sql(statement.formatted(meters.name())).update();
    }

    @Test
    void joinsAndBatchesGoOnBesideEachOther() {
        send("a", 0, 0.0);
        copy();
        var sender = CompletableFuture.runAsync(() -> {
            for (int minute = 1; minute <= 60; minute++) {
                send("a", minute, (double) minute);
            }
        });
        double last = 0;
        while (!sender.isDone()) {
            var values = join("a", 1_000, 2_000);
            assertThat(values).as("one moment's rows").hasSize(2_000).containsOnly(values.getFirst());
            assertThat(values.getFirst()).as("never older than before").isGreaterThanOrEqualTo(last);
            last = values.getFirst();
        }
        sender.join();
        assertThat(joinedFrom("copy", "a", 1_000)).containsOnly(60.0);
    }

    @Test
    void A5_aJoinOfSeveralBlocksGivesEachSpineRowOnceInOrder() throws IOException {
        for (int minute = 0; minute < 60; minute++) {
            send("m" + minute % 7, minute, (double) minute);
        }
        copy();
        int rows = 9 * BlockJoin.UNIT_ROWS + 123;
        var csv = new StringBuilder("n,meter,as_of\n");
        for (int i = 0; i < rows; i++) {
            csv.append(i)
                    .append(",m")
                    .append(i % 8)
                    .append(',')
                    .append(Meters.at(i % 70))
                    .append('\n');
        }
        double before = joins("copy");
        List<Map<String, Object>> lines;
        try (var answer = open(csv.toString())) {
            lines = new ApiClient.Answer(200, new String(answer.readAllBytes(), StandardCharsets.UTF_8)).lines();
        }
        assertThat(joins("copy")).isEqualTo(before + 1);
        assertThat(lines).hasSize(rows);
        for (int i = 0; i < rows; i++) {
            int newest = Math.min(i % 70, 59);
            while (newest >= 0 && newest % 7 != i % 8) {
                newest--;
            }
            assertThat(lines.get(i).get("n")).isEqualTo(i);
            assertThat(lines.get(i).get(meters.name() + "_view__amount"))
                    .as("row %s", i)
                    .isEqualTo(i % 8 == 7 || newest < 0 ? null : (double) newest);
        }
    }

    @Test
    void aClientThatGoesAwayLeavesNothingRunning() throws IOException {
        send("a", 10, 1.0);
        copy();
        var spine = IntStream.range(0, 200_000)
                .mapToObj(_ -> "a," + Meters.at(20) + "\n")
                .collect(Collectors.joining());
        try (var rows = open("meter,as_of\n" + spine)) {
            assertThat(rows.readNBytes(1_000)).hasSize(1_000);
            assertThat(joining()).isNotEmpty();
        }
        Eventually.until(() -> joining().isEmpty(), HistoryCopiesTest::joining);
        assertThat(joinedFrom("copy", "a", 20)).containsOnly(1.0);
    }

    /** The joined rows of a spine in CSV, as they come. */
    private InputStream open(String csv) throws IOException {
        var body = """
            --spine\r
            Content-Disposition: form-data; name="request"\r
            Content-Type: application/json\r
            \r
            {"features": ["%s_view:amount"]}\r
            --spine\r
            Content-Disposition: form-data; name="spine"; filename="spine.csv"\r
            Content-Type: text/csv\r
            \r
            %s\r
            --spine--\r
            """.formatted(meters.name(), csv);
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%s/api/v1/historical-features".formatted(port)))
                .header("Content-Type", "multipart/form-data; boundary=spine")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> joining() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("point-in-time-join") || name.equals("training-rows"))
                .toList();
    }

    private void send(String meter, int minute, double amount) {
        meters.send(List.of(Meters.row(meter, minute, minute, amount)));
    }

    private void copy() {
        Eventually.until(this::isCopied, () -> "No copy");
    }

    private boolean isCopied() {
        var copied = copies.open(selection(), 100);
        copied.ifPresent(CopiedHistory::close);
        return copied.isPresent();
    }

    private FeatureSelection selection() {
        return registry.current().features(List.of(meters.name() + "_view:amount"));
    }

    private List<Double> joinedFrom(String from, String meter, int minute) {
        double before = joins(from);
        var values = join(meter, minute, 20);
        assertThat(joins(from)).as("joins from " + from).isEqualTo(before + 1);
        return values;
    }

    private double joins(String from) {
        return measured.get("asof.training.joins").tag("from", from).counter().count();
    }

    private List<Double> join(String meter, int minute, int rows) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < rows; i++) {
            spine.add(Map.of("meter", meter, "as_of", Meters.at(minute)));
        }
        return new ApiClient(port)
                        .postJson(
                                "/historical-features",
                                Map.of(
                                        "features",
                                        List.of(meters.name() + "_view:amount"),
                                        "spine",
                                        Map.of("rows", spine)))
                        .expect(200)
                        .lines()
                        .stream()
                        .map(row -> (Double) row.get(meters.name() + "_view__amount"))
                        .toList();
    }
}
