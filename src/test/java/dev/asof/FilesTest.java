package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Meters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Files of other tools as batches, drafts and spines of datasets. */
@AsofServerTest
class FilesTest {

    private static final String PARQUET = "application/vnd.apache.parquet";

    @LocalServerPort
    int port;

    private ApiClient api;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        api.apply("""
            kind: entity
            name: foreign_file
            keys: [{name: k, type: STRING}]
            ---
            kind: source
            name: foreign_files
            type: push
            columns:
              - {name: ts, type: TIMESTAMP, required: true}
              - {name: k, type: STRING, required: true}
              - {name: i64, type: INT64}
              - {name: li, type: INT64_LIST}
              - {name: ls, type: STRING_LIST}
              - {name: f, type: FLOAT32}
            event_timestamp: ts
            ---
            kind: feature_view
            name: of_foreign_files
            entities: [foreign_file]
            source: foreign_files
            features:
              - {name: i64, column: i64}
              - {name: li, column: li}
              - {name: ls, column: ls}
              - {name: f, column: f}
            """).expect(200);
    }

    private static byte[] file(String name) throws IOException {
        try (var in = Objects.requireNonNull(FilesTest.class.getResourceAsStream("/parquet/" + name))) {
            return in.readAllBytes();
        }
    }

    private Map<String, Object> sent(String name, String key) throws IOException {
        var answer = api.post("/sources/foreign_files/rows", PARQUET, file(name), Map.of())
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asInt()).isEqualTo(1);
        return api.postJson(
                        "/historical-features",
                        Map.of(
                                "features",
                                List.of("of_foreign_files:*"),
                                "spine",
                                Map.of("rows", List.of(Map.of("k", key, "as_of", "2026-03-02T00:00:00Z")))))
                .expect(200)
                .lines()
                .getFirst();
    }

    @Test
    void I4_columnsWithoutATypeAreNullOrEmptyInBatches() throws IOException {
        assertThat(sent("all_none_column.parquet", "nul2")).containsEntry("of_foreign_files__i64", null);
        assertThat(sent("all_empty_lists.parquet", "el"))
                .containsEntry("of_foreign_files__li", List.of())
                .containsEntry("of_foreign_files__ls", List.of());
        assertThat(sent("float16.parquet", "f16")).containsEntry("of_foreign_files__f", 1.5);
    }

    @Test
    void columnsWithoutATypeAreGuessedInDraftsAndSaidToBe() throws IOException {
        for (var name : List.of("all_none_column.parquet", "all_empty_lists.parquet")) {
            var draft = api.post("/sources/draft?name=guessed", PARQUET, file(name), Map.of())
                    .expect(200);
            assertThat(draft.body()).contains("its type is a guess");
        }
    }

    @Test
    void A7_aDatasetKeepsItsSpinesDecimalsAndBuildsThemAgain() throws IOException {
        var meters = new Meters(port);
        var request = Map.of("name", meters.name(), "features", List.of("of_foreign_files:i64"), "label_column", "big");
        var body = new ByteArrayOutputStream();
        body.write(("--b\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n%s\r\n".formatted(json(request))
                        + "--b\r\nContent-Disposition: form-data; name=\"spine\"; filename=\"spine.parquet\"\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.write(file("decimal_spine.parquet"));
        body.write("\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8));
        var started = api.post("/training-datasets", "multipart/form-data; boundary=b", body.toByteArray(), Map.of())
                .expect(202)
                .json();
        var dataset = meters.awaitState(Meters.reference(started), "done");

        assertThat(meters.rows(dataset).getFirst()).containsEntry("big", "9007199254740993");
        assertThat(api.get("/training-datasets/" + dataset + "/rows.csv").body())
                .contains(",9007199254740993,");
        var manifest = meters.manifest(dataset);
        assertThat(manifest.get("spine").get("columns").get(2).get("type").asString())
                .isEqualTo("DECIMAL(20,0)");
        var again = meters.rebuild(dataset);
        assertThat(meters.manifest(again).get("rebuilt_from").get("matches").asBoolean())
                .isTrue();
    }

    private static String json(Object value) {
        return tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(value);
    }
}
