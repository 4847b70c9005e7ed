package dev.asof.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** The list of jobs of every kind. */
@AsofServerTest
class JobsTest {

    private static final List<String> KINDS = List.of("materialization", "table_read", "training_dataset");

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private List<JobStore> stores;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    private JsonNode page(String query) {
        return api.get("/jobs?" + query).expect(200).json();
    }

    /** All jobs of a filter, page by page. */
    private List<JsonNode> walk(String filter, int pageSize) {
        var jobs = new ArrayList<JsonNode>();
        String next = "";
        do {
            var page = page(filter + "&page_size=" + pageSize + next);
            assertThat(page.get("items").size()).isLessThanOrEqualTo(pageSize);
            page.get("items").forEach(jobs::add);
            next = page.get("next_page_token").isNull()
                    ? ""
                    : "&page_token=" + page.get("next_page_token").asString();
        } while (!next.isEmpty());
        return jobs;
    }

    /** The newest job about something. */
    private JsonNode about(String kind, String name) {
        return walk("kind=" + kind, 500).stream()
                .filter(job -> job.get("about").get("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private JsonNode awaitEnd(String kind, String name) {
        Eventually.until(
                () -> !about(kind, name).get("finished_at").isNull(),
                () -> about(kind, name).toString());
        return about(kind, name);
    }

    /** A job of each kind: a rebuild, a read, a build. */
    private Readings oneOfEach(String name) {
        var readings = new Readings(api, dataSource, name).defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.send(List.of(Readings.reading("m1", Instant.parse("2026-01-01T00:00:00Z"), 1)))
                .expect(200);
        api.post("/feature-views/%s/materializations".formatted(readings.view()), "application/json", "")
                .expect(202);
        read(name, "select timestamptz '2026-01-01Z' as at");
        api.postJson(
                        "/training-datasets",
                        Map.of(
                                "name", name + "_set",
                                "features", List.of(readings.view() + ":amount"),
                                "spine",
                                        Map.of(
                                                "rows",
                                                List.of(Map.of("meter", "m1", "as_of", "2026-01-02T00:00:00Z")))))
                .expect(202);
        return readings;
    }

    private void read(String name, String query) {
        api.apply("""
            kind: source
            name: %s_table
            type: table
            query: %s
            read: append
            columns: [{name: at, type: TIMESTAMP}]
            event_timestamp: at
            """.formatted(name, query)).expect(200);
        api.post("/sources/%s_table/reads".formatted(name), "application/json", "")
                .expect(202);
    }

    @Test
    void everyKindOfJobIsListedWithWhatItIsAboutAndItsResource() {
        var readings = oneOfEach("listed");

        checkDone(awaitEnd("materialization", readings.view()), "feature_view", 1, 1);
        checkDone(awaitEnd("table_read", "listed_table"), "source", null, 1);
        checkDone(awaitEnd("training_dataset", "listed_set"), "training_dataset", 1, 1);
    }

    private void checkDone(
            JsonNode job, String aboutKind, @org.jspecify.annotations.Nullable Integer version, long rows) {
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("done");
        assertThat(job.get("about").get("kind").asString()).isEqualTo(aboutKind);
        assertThat(job.get("about").get("version").isNull()).isEqualTo(version == null);
        if (version != null) {
            assertThat(job.get("about").get("version").asInt()).isEqualTo(version);
        }
        assertThat(job.get("rows_done").asLong()).isEqualTo(rows);
        assertThat(job.get("rows_total").asLong()).isEqualTo(rows);
        assertThat(job.get("failures").asInt()).isZero();
        assertThat(job.get("error").isNull()).isTrue();
        assertThat(job.get("next_try_at").isNull()).isTrue();
        assertThat(List.of(
                        job.get("created_at").asString(),
                        job.get("started_at").asString(),
                        job.get("finished_at").asString()))
                .isSorted();
        String href = job.get("href").asString();
        assertThat(href).startsWith("/api/v1/");
        var resource = api.get(href.substring("/api/v1".length())).expect(200).json();
        assertThat(resource.get("state").asString()).isEqualTo("done");
        assertThat(resource.get("created_at").asString())
                .isEqualTo(job.get("created_at").asString());
    }

    @Test
    void pagesHaveEveryJobOnceNewestFirst() {
        oneOfEach("paged");
        KINDS.forEach(kind -> {
            String name = kind.equals("materialization")
                    ? "paged_view"
                    : "paged_" + (kind.equals("table_read") ? "table" : "set");
            awaitEnd(kind, name);
        });
        // jobs of all kinds ordered at the same instant have an order too
        KINDS.forEach(kind -> jdbc.sql("""
            update asof.%s set created_at = '2001-01-01Z' where %s like 'paged%%'
            """.formatted(
                        kind, kind.equals("materialization") ? "view" : kind.equals("table_read") ? "source" : "name"))
                .update());

        var all = walk("", 500);
        var paged = walk("", 2);
        assertThat(paged).isEqualTo(all).hasSizeGreaterThanOrEqualTo(3).doesNotHaveDuplicates();
        assertThat(all.stream().map(job -> job.get("created_at").asString()).toList())
                .isSortedAccordingTo(java.util.Comparator.reverseOrder());
        assertThat(all.subList(all.size() - 3, all.size()).stream()
                        .map(job -> job.get("kind").asString()))
                .containsExactly("training_dataset", "table_read", "materialization");
        for (String kind : KINDS) {
            assertThat(walk("kind=" + kind, 1))
                    .isNotEmpty()
                    .isEqualTo(all.stream()
                            .filter(job -> job.get("kind").asString().equals(kind))
                            .toList());
        }
    }

    /** As one that is taken over from it, too. */
    @Test
    void aJobBegunByAServerOfBeforeHasNoStart() {
        long begun = readUnderWay("begun_before", "running");
        long waiting = readUnderWay("waiting", "pending");
        var reads = stores.stream()
                .map(JobStore::table)
                .filter(table -> table.kind().name().equals("table_read"))
                .findFirst()
                .orElseThrow();

        assertThat(reads.start(JobRun.only(begun))).isTrue();
        assertThat(reads.start(JobRun.only(waiting))).isTrue();

        assertThat(about("table_read", "begun_before").get("started_at").isNull())
                .isTrue();
        assertThat(about("table_read", "waiting").get("started_at").isNull()).isFalse();
        reads.fail(JobRun.only(begun), "ended by the test");
        reads.fail(JobRun.only(waiting), "ended by the test");
        assertThat(about("table_read", "begun_before").get("finished_at").isNull())
                .isFalse();
    }

    private long readUnderWay(String source, String state) {
        return jdbc.sql("""
            insert into asof.table_read (source, cause, state, created_at, updated_at)
            values (:source, 'request', :state, now(), now())
            returning id
            """)
                .param("source", source)
                .param("state", state)
                .query(Long.class)
                .single();
    }

    @Test
    void filtersGoTogether() {
        read("broken", "select 'no time'::text as at");
        var failed = awaitEnd("table_read", "broken_table");
        assertThat(failed.get("state").asString()).isEqualTo("failed");
        assertThat(failed.get("error").asString()).isNotEmpty();
        assertThat(failed.get("rows_total").isNull()).isTrue();

        assertThat(walk("state=failed&kind=table_read", 2)).contains(failed).allSatisfy(job -> {
            assertThat(job.get("state").asString()).isEqualTo("failed");
            assertThat(job.get("kind").asString()).isEqualTo("table_read");
        });
        assertThat(walk("state=failed", 500)).contains(failed);
        assertThat(walk("state=done", 500)).doesNotContain(failed);
        assertThat(walk("state=failed&kind=training_dataset", 500)).doesNotContain(failed);
    }

    @Test
    void whatIsNoFilterIsRefusedWithAdvice() {
        refused("kind=table_reads", "kind is one of materialization, table_read, training_dataset", "table_read");
        refused("state=runing", "state is one of pending, running, done, failed, cancelled", "running");
        refused("kind=", "kind is one of", "");
        refused("page_size=0", "page_size is between 1 and 500", "");
        refused("page_size=501", "page_size is between 1 and 500", "");
        refused("page_size=x", "page_size", "");
        for (String position : List.of(
                "a_name",
                "1.table_read",
                "1.table_read.x",
                "-1.table_read.1",
                "1.table_read.9999999999999999999",
                "999999999999999999.table_read.1",
                "1.table_read.1\n")) {
            refused("page_token=" + token(position), "page_token", "");
        }
        refused("page_token=%20", "page_token", "");
    }

    private static String token(String position) {
        return java.util.Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(position.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void refused(String query, String advice, String suggestion) {
        assertThat(api.get("/jobs?" + query).expect(400).body())
                .contains(advice)
                .contains(suggestion);
    }

    @Test
    void aPositionPastAllJobsIsAnEmptyPage() {
        for (String position : List.of("0.a.0", "0.table_read.999999999999999999")) {
            assertThat(page("page_token=" + token(position)).get("items")).isEmpty();
        }
        assertThat(api.get("/jobs?page_token=" + token("99999999999999999.z.1"))
                        .expect(200)
                        .status())
                .isEqualTo(200);
    }
}
