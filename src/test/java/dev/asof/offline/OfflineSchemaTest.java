package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Readings;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Rule V4 for users' own SQL objects, and what the schemas' objects do to those who read them. */
@AsofServerTest
class OfflineSchemaTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";
    private static final String AMOUNT_AS_TEXT = "{name: amount, column: meter}";
    private static final String TWICE = "{name: twice, expression: \"amount * 2\"}";

    private static final AtomicInteger NEXT = new AtomicInteger();

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    private String name;
    private ApiClient api;
    private Readings readings;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
        name = "shape" + NEXT.incrementAndGet();
        readings = new Readings(api, dataSource, name);
        readings.defineSource();
        readings.defineView(AMOUNT).expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 7))).expect(200);
    }

    @AfterEach
    void clean() {
        readings.execute("drop schema if exists mine cascade");
        api.delete(named("/feature-views/NAME_view")).expect(200);
        api.delete(named("/sources/NAME_rows")).expect(200);
    }

    /** Version numbers are never used again, so each test has a view of its own. */
    private String named(String text) {
        return text.replace("NAME", name);
    }

    private void createMine(String query) {
        readings.execute("create schema if not exists mine");
        readings.execute("create view mine.report as " + query);
    }

    private int promote(int version) {
        return api.post(named("/feature-views/NAME_view/versions/") + version + "/promote", "application/json", "")
                .status();
    }

    private ApiClient.Answer retire(int version) {
        return api.post(named("/feature-views/NAME_view/versions/") + version + "/retire", "application/json", "");
    }

    private static void isInUseByMine(ApiClient.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(409);
        assertThat(answer.json().get("code").asString()).isEqualTo("in_use");
        assertThat(answer.json().get("violations").get(0).get("message").asString())
                .contains("mine.report");
    }

    @Test
    void V4_deletingAViewThatAUsersViewReadsIsRefused() {
        createMine(named("select meter from features.NAME_view"));
        isInUseByMine(api.delete(named("/feature-views/NAME_view")));
        assertThat(readings.count("select count(*) from mine.report")).isOne();
    }

    @Test
    void V4_retiringAVersionWhoseFunctionAUsersViewCallsIsRefused() {
        readings.defineView(AMOUNT, TWICE).expect(200);
        readings.awaitReady(2);
        createMine(named("select * from features.NAME_view__v1_asof('m1', now())"));
        isInUseByMine(retire(1));
        assertThat(readings.versionState(1)).isEqualTo("ready");
        readings.execute("drop view mine.report");
        retire(1).expect(200);
    }

    @Test
    void V4_retiringAVersionWhoseHistoryAUsersViewReadsIsRefused() {
        readings.defineView(AMOUNT, TWICE).expect(200);
        readings.awaitReady(2);
        createMine(named("select * from features.NAME_view__v1"));
        isInUseByMine(retire(1));
        readings.send(List.of(Readings.reading("m1", PAST.plusSeconds(1), 8))).expect(200);
        readings.checkComplete(1, "amount", "l.amount");
    }

    @Test
    void V4_deletingASourceThatAUsersViewReadsIsRefused() {
        var other = new Readings(api, dataSource, "lonely").defineSource();
        createMine("select * from sources.lonely_rows");
        isInUseByMine(api.delete("/sources/lonely_rows"));
        assertThat(other.logRows()).isZero();
    }

    @Test
    void V4_promotingAnotherShapeUnderAUsersViewIsRefused() {
        readings.defineView(AMOUNT_AS_TEXT).expect(200);
        readings.awaitReady(2);
        createMine(named("select amount + 1 as more from features.NAME_view"));
        isInUseByMine(api.post(named("/feature-views/NAME_view/versions/2/promote"), "application/json", ""));
        assertThat(readings.count("select more from mine.report")).isEqualTo(8);
        readings.execute("drop view mine.report");
        assertThat(promote(2)).isEqualTo(200);
        assertThat(readings.count(named("select count(*) from features.NAME_view where amount = 'm1'")))
                .isOne();
        assertThat(promote(1)).isEqualTo(200);
    }

    @Test
    void V3_aUsersViewOnTheHistoryStaysWhenACompatibleVersionTakesOver() {
        createMine(named("select amount + 1 as more from features.NAME_view"));
        readings.execute("drop view mine.report");
        createMine(named("select meter, amount + 1 as more from features.NAME_view"));
        readings.defineView(TWICE, AMOUNT).expect(200);
        readings.awaitReady(2);
        assertThat(readings.count(named("select twice from features.NAME_view")))
                .isEqualTo(14);
        assertThat(readings.count("select more from mine.report")).isEqualTo(8);
    }

    @Test
    void V3_aVersionThatAUsersViewKeepsFromTakingOverIsReadyAllTheSame() {
        createMine(named("select * from features.NAME_view_asof('m1', now())"));
        readings.defineView(AMOUNT, TWICE).expect(200);
        readings.awaitReady(2);
        assertThat(readings.newestJob().get("state").asString()).isEqualTo("done");
        assertThat(readings.count(named("select NAME_view__amount from mine.report")))
                .isEqualTo(7);
        isInUseByMine(api.post(named("/feature-views/NAME_view/versions/2/promote"), "application/json", ""));
        readings.execute("drop view mine.report");
        assertThat(promote(2)).isEqualTo(200);
        assertThat(readings.count(named("select NAME_view__twice from features.NAME_view_asof('m1', now())")))
                .isEqualTo(14);
    }

    @Test
    void aQueryThatRunsTooLongMakesARetirementTryAgainLater() throws SQLException {
        readings.defineView(AMOUNT, TWICE).expect(200);
        readings.awaitReady(2);
        try (var reader = dataSource.getConnection();
                var statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute(named("select count(*) from features.NAME_view__v1"));
            assertThat(retire(1).status()).isEqualTo(503);
            reader.rollback();
        }
        assertThat(readings.versionState(1)).isEqualTo("ready");
        retire(1).expect(200);
    }

    /** Rule A7's argument costs nothing where it isn't given: it is inlined and folded away like the others. */
    @Test
    void aDefaultedCallIsOneIndexScanASpineRow() throws SQLException {
        var call = "explain (costs off) select s.*, f.* from (values ('m1', now()), ('m2', now())) s (meter, at)"
                + " left join lateral features.NAME_view%s(s.meter, s.at%s) f on true";
        for (String function : List.of("_asof", "__v1_asof", "__v1_row")) {
            var plan = plan(named(call).formatted(function, ""));
            assertThat(plan).doesNotContain("Function Scan", "batch_id", "known_timestamp", "CASE");
            assertThat(plan.split("Index Scan", -1)).as(plan).hasSize(2);
        }
        assertThat(plan(named(call).formatted("_asof", ", unseen_batches => '{[3,4),[9,)}'")))
                .doesNotContain("Function Scan")
                .contains("Index Scan", "NOT (")
                .doesNotContain("Sort");
    }

    @Test
    void whatPsqlSaysFollowsTheDefinitions() throws SQLException {
        assertThat(described("features.NAME_view", "amount")).isEqualTo("column amount");
        readings.defineView("{name: amount, column: amount, description: Kilowatts.}")
                .expect(200);
        for (String view : List.of("features.NAME_view", "features.NAME_view__v1")) {
            assertThat(described(view, "amount")).isEqualTo("Kilowatts (column amount)");
            assertThat(described(view, "event_timestamp")).isNotEmpty();
            assertThat(text("select obj_description('" + view + "'::regclass, 'pg_class')"))
                    .contains("NAME_view@v1".replace("NAME", name), "left join lateral features.");
            assertThat(text("select obj_description('" + view + "_asof'::regproc, 'pg_proc')"))
                    .contains(named("NAME_view__amount: Kilowatts (column amount)"), "strict");
        }
        assertThat(described("sources.NAME_rows", "batch_id")).isNotEmpty();
    }

    private String described(String view, String column) throws SQLException {
        return text(
                "select col_description(attrelid, attnum) from pg_attribute where attrelid = '%s'::regclass and attname = '%s'"
                        .formatted(view, column));
    }

    private String text(String sql) throws SQLException {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(named(sql))) {
            assertThat(result.next()).isTrue();
            return String.valueOf(result.getString(1));
        }
    }

    private String plan(String sql) throws SQLException {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("set enable_seqscan = off");
            try (var result = statement.executeQuery(sql)) {
                var plan = new StringBuilder();
                while (result.next()) {
                    plan.append(result.getString(1)).append('\n');
                }
                return plan.toString();
            } finally {
                statement.execute("reset enable_seqscan");
            }
        }
    }
}
