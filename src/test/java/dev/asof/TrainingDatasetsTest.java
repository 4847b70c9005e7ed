package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.Timestamps;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.Text;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Datasets over HTTP: ordered, followed, downloaded, deleted, and what they keep from being deleted. */
@AsofServerTest
class TrainingDatasetsTest {

    @LocalServerPort
    private int port;

    @Value("${spring.datasource.url}")
    private String url;

    @Value("${asof.reader.password}")
    private String readerPassword;

    private Meters meters;

    @BeforeEach
    void define() {
        meters = new Meters(port).define("");
        meters.send(0, 250);
    }

    private List<Map<String, Object>> historical(Map<String, Object> request) {
        return meters.api()
                .postJson(
                        "/historical-features",
                        Map.of("feature_service", request.get("feature_service"), "spine", request.get("spine")))
                .expect(200)
                .lines();
    }

    @Test
    void aDatasetHasTheRowsOfTheJoinInEveryFormat() throws Exception {
        var request = meters.request("owner", "ops", "tags", Map.of("team", "a"), "description", "First");
        var dataset = meters.build(request);

        assertThat(dataset).isEqualTo(meters.name() + "@v1");
        assertThat(meters.rows(dataset)).isEqualTo(historical(request)).hasSize(100);
        var csv = meters.api()
                .get("/training-datasets/" + dataset + "/rows.csv")
                .expect(200)
                .body();
        assertThat(csv.lines()).hasSize(101);
        var parquet = meters.send("GET", dataset + "/rows.parquet");
        assertThat(HexFormat.of().formatHex(parquet.body(), 0, 4)).isEqualTo("50415231");
        assertThat(meters.send("GET", dataset + "/rows.parquet").body()).isEqualTo(parquet.body());
        assertThat(arrow(meters.send("GET", dataset + "/rows.arrow"))).isEqualTo(meters.rows(dataset));
        var answer = meters.get(dataset);
        assertThat(answer.get("rows_done").asLong()).isEqualTo(100);
        assertThat(answer.get("owner").asString()).isEqualTo("ops");
        assertThat(answer.get("tags").get("team").asString()).isEqualTo("a");
        assertThat(answer.get("description").asString()).isEqualTo("First");
    }

    /** The rows of an Arrow stream, as NDJSON would give them. */
    private static List<Map<String, Object>> arrow(HttpResponse<byte[]> response) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/vnd.apache.arrow.stream");
        var rows = new ArrayList<Map<String, Object>>();
        try (var memory = new RootAllocator();
                var reader = new ArrowStreamReader(new ByteArrayInputStream(response.body()), memory)) {
            var batch = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                for (int i = 0; i < batch.getRowCount(); i++) {
                    var row = new LinkedHashMap<String, Object>();
                    for (var vector : batch.getFieldVectors()) {
                        row.put(vector.getName(), plain(vector, vector.getObject(i)));
                    }
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private static Object plain(FieldVector vector, Object value) {
        return switch (value) {
            case null -> null;
            case Long micros
            when vector instanceof TimeStampMicroTZVector -> Timestamps.format(Timestamps.ofMicros(micros));
            case Long number when number == number.intValue() -> (Object) number.intValue();
            case Text text -> text.toString();
            case List<?> list -> list.stream().map(each -> plain(vector, each)).toList();
            default -> value;
        };
    }

    @Test
    void theManifestCountsWhatTheRowsHold() {
        var dataset = meters.build(meters.request("label_column", "late"));
        var manifest = meters.manifest(dataset);
        var rows = meters.rows(dataset);

        for (JsonNode column : manifest.get("columns")) {
            var values = rows.stream()
                    .map(row -> row.get(column.get("name").asString()))
                    .toList();
            assertThat(column.get("nulls").asLong())
                    .isEqualTo(values.stream().filter(java.util.Objects::isNull).count());
            if (column.get("type").asString().equals("FLOAT64")) {
                var numbers = values.stream()
                        .filter(java.util.Objects::nonNull)
                        .mapToDouble(value -> ((Number) value).doubleValue())
                        .toArray();
                var statistics = Arrays.stream(numbers).summaryStatistics();
                double variance = Arrays.stream(numbers)
                        .map(x -> (x - statistics.getAverage()) * (x - statistics.getAverage()))
                        .average()
                        .orElseThrow();
                assertThat(column.get("min").asDouble()).isEqualTo(statistics.getMin());
                assertThat(column.get("max").asDouble()).isEqualTo(statistics.getMax());
                assertThat(column.get("mean").asDouble())
                        .isCloseTo(statistics.getAverage(), org.assertj.core.data.Offset.offset(1e-9));
                assertThat(column.get("stddev").asDouble())
                        .isCloseTo(Math.sqrt(variance), org.assertj.core.data.Offset.offset(1e-9));
            }
        }
        assertThat(manifest.get("rows").asLong()).isEqualTo(100);
        assertThat(manifest.get("content_hash").asString()).matches("sha256:[0-9a-f]{64}");
        assertThat(manifest.get("spine").get("hash").asString()).matches("sha256:[0-9a-f]{64}");
        assertThat(manifest.get("definitions"))
                .hasSize(2)
                .allSatisfy(pinned -> assertThat(pinned.get("hash").asString()).isNotEmpty());
        assertThat(manifest.get("asof_version").asString()).matches("\\d+\\.\\d+.*");
    }

    @Test
    void theReaderGetsTheSameRowsFromTheSql() throws SQLException {
        var dataset = meters.build(meters.request("strict", true, "known", "as_recorded"));
        meters.send(List.of(Meters.row("m1", 1, 1, -1.0), Meters.row("m2", 30, 30, -2.0)));
        var sql = meters.api()
                .get("/training-datasets/" + dataset + "/sql")
                .expect(200)
                .body();

        var expected = meters.rows(dataset);
        var rows = new ArrayList<List<Object>>();
        try (var connection = DriverManager.getConnection(url, "asof_reader", readerPassword);
                var statement = connection.createStatement()) {
            try (var result = statement.executeQuery(sql)) {
                var names = new ArrayList<String>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    names.add(result.getMetaData().getColumnLabel(i));
                }
                assertThat(names).containsExactlyElementsOf(expected.getFirst().keySet());
                while (result.next()) {
                    var row = new ArrayList<Object>();
                    for (int i = 1; i <= names.size(); i++) {
                        row.add(
                                switch (result.getObject(i)) {
                                    case java.sql.Array array -> Arrays.asList((Object[]) array.getArray());
                                    case java.sql.Timestamp _ ->
                                        result.getObject(i, OffsetDateTime.class)
                                                .toInstant();
                                    case Number number
                                    when number instanceof Integer || number instanceof Long -> number.longValue();
                                    case null -> "null";
                                    case Object other -> other;
                                });
                    }
                    rows.add(row);
                }
            }
        }
        assertThat(rows)
                .isEqualTo(expected.stream().map(TrainingDatasetsTest::typed).toList());
    }

    private static List<Object> typed(Map<String, Object> row) {
        return row.entrySet().stream()
                .map(field -> switch (field.getValue()) {
                    case null -> "null";
                    case Integer number -> (Object) number.longValue();
                    case String text when field.getKey().equals("as_of") -> Instant.parse(text);
                    case Object other -> other;
                })
                .toList();
    }

    @Test
    void parquetComesWhollyInPartsOrNotAtAll() {
        var dataset = meters.build(meters.request());
        var path = dataset + "/rows.parquet";
        var whole = meters.send("GET", path);
        int size = whole.body().length;
        var tag = whole.headers().firstValue("ETag").orElseThrow();

        var head = meters.send("HEAD", path);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(size);
        assertThat(head.headers().firstValue("Accept-Ranges")).contains("bytes");
        assertThat(head.headers().firstValue("ETag")).contains(tag);

        var end = meters.send("GET", path, "Range", "bytes=-8");
        assertThat(end.statusCode()).isEqualTo(206);
        assertThat(end.body()).isEqualTo(Arrays.copyOfRange(whole.body(), size - 8, size));
        var middle = meters.send("GET", path, "Range", "bytes=100-199", "If-Range", tag);
        assertThat(middle.statusCode()).isEqualTo(206);
        assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(whole.body(), 100, 200));
        assertThat(middle.headers().firstValue("Content-Range")).contains("bytes 100-199/" + size);

        assertThat(meters.send("GET", path, "Range", "bytes=100-199", "If-Range", "\"other\"")
                        .body())
                .isEqualTo(whole.body());
        assertThat(meters.send("GET", path, "If-None-Match", tag).statusCode()).isEqualTo(304);
        var beyond = meters.send("GET", path, "Range", "bytes=" + size + "-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).contains("bytes */" + size);
        assertThat(beyond.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-9,20-29", "lines=1-2", "bytes=9-2", "bytes=x"})
    void aRangeThatIsNotOneRangeOfBytesGivesTheWholeFile(String range) {
        var path = meters.build(meters.request()) + "/rows.parquet";
        var whole = meters.send("GET", path);

        var answer = meters.send("GET", path, "Range", range);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(whole.body());
        var head = meters.send("HEAD", path, "Range", "bytes=0-9");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(whole.body().length);
    }

    @Test
    void splitsTakeTheirRowsByTimeAndLeaveThoseInGapsOut() throws IOException {
        var dataset = meters.build(meters.request(
                "splits",
                Map.of(
                        "train", Map.of("until", Meters.at(80)),
                        "validation", Map.of("until", Meters.at(140)),
                        "test", Map.of("until", Meters.at(190)),
                        "gap", "20m")));

        assertThat(minutes(dataset, "train")).containsExactly(0, 78);
        assertThat(minutes(dataset, "validation")).containsExactly(100, 138);
        assertThat(minutes(dataset, "test")).containsExactly(160, 188);
        var manifest = meters.manifest(dataset);
        assertThat(manifest.get("left_out").asLong())
                .as("80 to 98, 140 to 158 and 190 to 198")
                .isEqualTo(25);
        assertThat(manifest.get("splits")
                        .valueStream()
                        .map(split -> split.get("name").asString()))
                .containsExactly("train", "validation", "test");
        assertThat(manifest.get("parquet_bytes").asLong()).isPositive();
        assertThat(meters.send("GET", dataset + "/rows.parquet?split=test").statusCode())
                .isEqualTo(200);
        assertThat(meters.send("GET", dataset + "/rows.parquet?split=tset").statusCode())
                .isEqualTo(404);
        assertThat(arrow(meters.send("GET", dataset + "/rows.arrow?split=test")))
                .hasSize(15)
                .isEqualTo(meters.api()
                        .get("/training-datasets/" + dataset + "/rows.ndjson?split=test")
                        .lines());
        assertThat(meters.send("HEAD", dataset + "/rows.arrow?split=test")
                        .headers()
                        .firstValue("Content-Disposition"))
                .hasValueSatisfying(value -> assertThat(value).contains(meters.name() + "_v1_test.arrows"));
    }

    @Test
    void foldsTrainOnEverThingBeforeTheirTest() {
        var dataset = meters.build(meters.request(
                "splits",
                Map.of("folds", Map.of("count", 3, "first_test", Meters.at(60), "length", "40m"), "gap", "10m")));

        assertThat(minutes(dataset, "fold_1_train")).containsExactly(0, 48);
        assertThat(minutes(dataset, "fold_1_test")).containsExactly(60, 98);
        assertThat(minutes(dataset, "fold_3_train")).containsExactly(0, 128);
        assertThat(minutes(dataset, "fold_3_test")).containsExactly(140, 178);
    }

    /** The first and the last minute, which are every other one. */
    private List<Integer> minutes(String dataset, String split) {
        var rows = meters.api()
                .get("/training-datasets/" + dataset + "/rows.ndjson?split=" + split)
                .expect(200)
                .lines();
        int first = (Integer) rows.getFirst().get("id") * 2;
        int last = (Integer) rows.getLast().get("id") * 2;
        assertThat(rows).hasSize((last - first) / 2 + 1);
        return List.of(first, last);
    }

    @Test
    void V4_whatADatasetPinsCantBeRetiredOrDeletedUntilTheDatasetIs() {
        var dataset = meters.build(meters.request());
        meters.define("- {name: twice, expression: \"amount * 2\"}");
        Eventually.until(
                () -> meters.api()
                                .get("/feature-views/" + meters.name() + "_view")
                                .json()
                                .path("status")
                                .path("current_version")
                                .asInt()
                        == 2,
                () -> meters.api()
                        .get("/feature-views/" + meters.name() + "_view")
                        .body());
        meters.api()
                .post("/feature-services/%s_svc/versions/1/retire".formatted(meters.name()), "application/json", "");

        var refused = meters.retireView(1);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().get("code").asString()).isEqualTo("in_use");
        assertThat(refused.body()).contains("training dataset " + dataset);
        var service = meters.api().delete("/feature-services/" + meters.name() + "_svc");
        assertThat(service.status()).isEqualTo(409);
        assertThat(service.body()).contains("training dataset " + dataset);
        var view = meters.api().delete("/feature-views/" + meters.name() + "_view");
        assertThat(view.status()).isEqualTo(409);
        assertThat(view.body()).contains("training dataset " + dataset);

        meters.api().delete("/training-datasets/" + dataset).expect(204);
        meters.api().delete("/feature-services/" + meters.name() + "_svc").expect(200);
        meters.api().delete("/feature-views/" + meters.name() + "_view").expect(200);
        meters.api().get("/training-datasets/" + dataset).expect(404);
    }

    @Test
    void aVersionIsNeverGivenTwice() {
        var first = meters.build(meters.request());
        meters.api().delete("/training-datasets/" + first).expect(204);
        assertThat(meters.build(meters.request())).isEqualTo(meters.name() + "@v2");
        assertThat(meters.api()
                        .get("/training-datasets/" + meters.name() + "/versions")
                        .expect(200)
                        .json()
                        .get("items"))
                .hasSize(1);
        assertThat(meters.api()
                        .get("/training-datasets?page_size=500")
                        .expect(200)
                        .body())
                .contains(meters.name());
    }

    @Test
    void theSqlOfASplitGivesItsRows() throws SQLException {
        var dataset = meters.build(meters.request(
                "splits", Map.of("train", Map.of("until", Meters.at(80)), "test", Map.of(), "gap", "10m")));
        var path = "/training-datasets/" + dataset;
        for (String split : List.of("train", "test")) {
            var ids = new ArrayList<Integer>();
            var sql = meters.api().get(path + "/sql?split=" + split).expect(200).body();
            try (var connection = DriverManager.getConnection(url, "asof_reader", readerPassword);
                    var statement = connection.createStatement();
                    var result = statement.executeQuery(sql)) {
                while (result.next()) {
                    ids.add(result.getInt("id"));
                }
            }
            assertThat(meters.api()
                            .get(path + "/rows.ndjson?split=" + split)
                            .expect(200)
                            .lines())
                    .extracting(row -> row.get("id"))
                    .isEqualTo(ids)
                    .isNotEmpty();
        }
        assertThat(meters.api().get(path + "/sql?split=tset").expect(404).body())
                .contains("did you mean test");
    }

    @Test
    void theListFiltersAndPages() {
        String name = meters.name();
        meters.build(meters.request("owner", name, "tags", Map.of("team", "risk"), "description", "Late Meters"));
        meters.build(meters.request("owner", name, "name", name + "_b", "tags", Map.of("team", "ops")));
        var failed = meters.order(meters.request(
                "owner", name, "fail_on_leakage", true, "label_column", "late", "label_source", name + "_rows"));
        meters.awaitState(failed, "failed");

        assertThat(list("owner=" + name)).containsExactly(name + "@v1", name + "_b@v1");
        assertThat(list("owner=nobody_" + name)).isEmpty();
        assertThat(list("owner=" + name + "&tag=team:ops")).containsExactly(name + "_b@v1");
        assertThat(list("owner=" + name + "&tag=team")).hasSize(2);
        assertThat(list("owner=" + name + "&tag=team&tag=squad")).isEmpty();
        assertThat(list("owner=" + name + "&text=late+METERS")).containsExactly(name + "@v1");
        assertThat(list("text=" + name + "_B")).containsExactly(name + "_b@v1");
        assertThat(list("text=" + name + "_svc%40v1")).hasSize(2);
        assertThat(list("owner=" + name + "&state=failed")).containsExactly(failed);
        assertThat(meters.api()
                        .get("/training-datasets?state=finished")
                        .expect(400)
                        .body())
                .contains("cancelled");

        var first = meters.api()
                .get("/training-datasets?page_size=1&owner=" + name)
                .expect(200)
                .json();
        var token = first.get("next_page_token").asString();
        assertThat(list("page_size=1&owner=" + name + "&page_token=" + token)).containsExactly(name + "_b@v1");
    }

    private List<String> list(String query) {
        var names = new ArrayList<String>();
        meters.api()
                .get("/training-datasets?" + query)
                .expect(200)
                .json()
                .get("items")
                .forEach(item -> names.add(Meters.reference(item)));
        return names;
    }

    @Test
    void aRebuildOutlivesTheVersionItShares() {
        var first = meters.build(meters.request());
        var second = meters.rebuild(first);
        meters.api().delete("/training-datasets/" + first).expect(204);
        assertThat(meters.manifest(meters.rebuild(second))
                        .get("rebuilt_from")
                        .get("matches")
                        .asBoolean())
                .isTrue();
    }
}
