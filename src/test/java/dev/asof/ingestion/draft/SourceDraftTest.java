package dev.asof.ingestion.draft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ParquetFiles;
import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReaders;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceDraftTest {

    private static SourceDraft draft(RowFormat format, byte[] body) {
        try (var reader = TableReaders.unlimited().open(format, new ByteArrayInputStream(body))) {
            return SourceDraft.infer("sample", format, reader);
        }
    }

    private static SourceDraft draft(RowFormat format, String body) {
        return draft(format, body.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Object> columns(SourceDraft draft) {
        var columns = draft.definition().get("columns");
        assertThat(columns).isInstanceOf(List.class);
        return List.copyOf((List<?>) columns);
    }

    @Test
    void typesNullTokensAndZonesAreInferredFromCsv() {
        var draft = draft(RowFormat.CSV, """
            ,zip,when,amount,n,ok,Pickup Zone,code
            0,02134,2019-03-23 20:21:09,3.0,1,True,Lenox Hill,NA
            1,10001,2019-03-24 00:00:00,NA,,False,,x
            """);
        assertThat(columns(draft))
                .containsExactly(
                        Map.of("name", "zip", "type", "STRING"),
                        Map.of("name", "when", "type", "TIMESTAMP", "time_zone", "UTC"),
                        Map.of("name", "amount", "type", "FLOAT64"),
                        Map.of("name", "n", "type", "INT64"),
                        Map.of("name", "ok", "type", "BOOLEAN"),
                        Map.of("name", "pickup_zone", "type", "STRING"),
                        Map.of("name", "code", "type", "STRING"));
        assertThat(draft.definition())
                .containsEntry("event_timestamp", "when")
                .containsEntry("null_tokens", List.of("NA"));
        assertThat(draft.notes())
                .anyMatch(note -> note.contains("Pickup Zone"))
                .anyMatch(note -> note.contains("time_zone"))
                .anyMatch(note -> note.contains("Unnamed: 0"));
    }

    @Test
    void narrowTypesOfParquetAreKept() {
        byte[] file = ParquetFiles.of(
                "message m { required int64 event_timestamp (TIMESTAMP(MICROS,true)); required int32 trips;"
                        + " optional float rate; optional int64 created (TIMESTAMP(MICROS,false));"
                        + " optional group s { required int32 x; } }",
                1,
                (g, i) -> g.append("event_timestamp", 0L)
                        .append("trips", 1)
                        .append("rate", 0.5f)
                        .append("created", 0L));
        var draft = draft(RowFormat.PARQUET, file);
        assertThat(columns(draft))
                .containsExactly(
                        Map.of("name", "event_timestamp", "type", "TIMESTAMP"),
                        Map.of("name", "trips", "type", "INT32"),
                        Map.of("name", "rate", "type", "FLOAT32"),
                        Map.of("name", "created", "type", "TIMESTAMP", "time_zone", "UTC"));
        assertThat(draft.definition()).containsEntry("event_timestamp", "event_timestamp");
        assertThat(draft.notes()).anyMatch(note -> note.contains("known_timestamp: created"));
    }

    @Test
    void jsonKeepsTextsTexts() {
        var draft = draft(
                RowFormat.NDJSON,
                "{\"ts\":\"2026-01-01T00:00:00Z\",\"id\":\"17\",\"v\":[1,2,3,4,5,6,7,8.5],\"o\":{}}\n{\"later\":1}");
        assertThat(columns(draft))
                .containsExactly(
                        Map.of("name", "ts", "type", "TIMESTAMP"),
                        Map.of("name", "id", "type", "STRING"),
                        Map.of("name", "v", "type", "FLOAT64_LIST", "length", 8),
                        Map.of("name", "later", "type", "INT64"));
    }

    @Test
    void theYamlQuotesWhatYamlWouldMisread() {
        var yaml = SourceDraftYaml.of(
                draft(RowFormat.CSV, "ts,null,\"a\nb\"\n2026-01-01T00:00:00Z,1,N/A\n2026-01-01T00:00:00Z,1,5\n"));
        assertThat(yaml)
                .contains(
                        "  - {name: ts, type: TIMESTAMP}\n",
                        "{name: \"null\", type: INT64}",
                        "null_tokens: [\"N/A\"]\n")
                .contains("event_timestamp: ts\n");
        assertThat(yaml.lines().filter(line -> line.startsWith("# ")))
                .anyMatch(line -> line.contains("'a b' is not a valid name"));
    }

    @Test
    void aSampleWithoutTimestampsSaysWhatIsMissing() {
        var draft = draft(RowFormat.CSV, "a\n1\n");
        assertThat(draft.definition()).doesNotContainKey("event_timestamp");
        assertThat(draft.notes()).anyMatch(note -> note.contains("event_timestamp"));
    }
}
