package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReaders;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class FileSpineTest extends TrainingServerTest {

    private static final String FEATURES = "{\"features\":[\"delays:*\"]}";

    @Autowired
    TableReaders readers;

    @Test
    void A5_csvColumnsComeBackAsTheyWere() throws Exception {
        var csv = """
            origin,as_of,zip,n,f,big,flag,title,empty,mixed,version,sku,plus,money
            JFK,2026-01-01T12:00:00Z,007,1,1.5,12345678901234567890,true,True,,1,1.10,1e3,+49,2.00
            JFK,2026-01-01T12:00:00Z,10001,-2,1e-05,1,false,False,"",x,1.1,12e4,1,1.0
            ,2026-01-01T12:00:00Z,,,-1e+16,,,,,2.5,1.20,7e0,,
            """;
        var response = text(upload("?format=csv", FEATURES, "spine.csv", bytes(csv)));

        assertThat(response.lines().map(line -> line.substring(0, line.lastIndexOf(',', line.lastIndexOf(',') - 1))))
                .containsExactly(csv.replace("True,", "true,")
                        .replace("False,", "false,")
                        .replace("00:00Z", "00:00.000000Z")
                        .split("\n"));
        assertThat(text(upload("", FEATURES, "spine.csv", bytes(csv)))
                        .lines()
                        .findFirst()
                        .orElseThrow())
                .contains("\"zip\":\"007\"", "\"n\":1,", "\"f\":1.5", "\"flag\":true,\"title\":true")
                .contains("\"version\":\"1.10\"", "\"sku\":\"1e3\"", "\"plus\":\"+49\"", "\"money\":\"2.00\"");
    }

    @Test
    void ndjsonColumnsMayAppearLate() throws Exception {
        var ndjson = """
            {"origin":"JFK","as_of":"2026-01-01T12:00:00Z"}
            {"as_of":"2026-01-01T12:00:00Z","x":1}
            """;
        var response = upload("", FEATURES, "spine.ndjson", bytes(ndjson));

        assertThat(text(response).lines())
                .containsExactly(
                        "{\"origin\":\"JFK\",\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"x\":null,"
                                + "\"delays__avg_delay\":1.5,\"delays__flights\":9007199254740993}",
                        "{\"origin\":null,\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"x\":1,"
                                + "\"delays__avg_delay\":null,\"delays__flights\":null}");
        assertThat(text(upload("", FEATURES, "spine.ndjson", bytes("{\"orgin\":\"JFK\"}\n"))))
                .contains("missing_as_of", "missing_key");
    }

    @Test
    void A5_aParquetResultIsASpineWithItsTypesKept() throws Exception {
        var csv = "origin,as_of,n,f,flag,text\nJFK,2026-01-01T12:00:00.000001Z,9007199254740993,0.1,true,é\nSFO,"
                + "2026-01-02T00:00:00Z,,,,\n";
        var parquet = upload("?format=parquet", FEATURES, "spine.csv", bytes(csv));
        assertThat(parquet.statusCode()).isEqualTo(200);
        assertThat(parquet.headers().firstValue("Content-Type")).hasValue("application/vnd.apache.parquet");

        assertThat(rows(parquet.body()))
                .containsExactly(
                        Arrays.asList(
                                "JFK",
                                Instant.parse("2026-01-01T12:00:00.000001Z"),
                                9007199254740993L,
                                0.1,
                                true,
                                "é",
                                1.5,
                                9007199254740993L),
                        Arrays.asList("SFO", Instant.parse("2026-01-02T00:00:00Z"), null, null, null, null, null, 7L));
        var taken = upload("", FEATURES, "spine.parquet", parquet.body());
        assertThat(text(taken)).contains("column_name_taken", "delays__avg_delay");
    }

    @Test
    void localTimesInOtherColumnsNeedAZoneAndDatesAreText() throws Exception {
        var sql = "select ts as as_of, origin, ts at time zone 'UTC' as local, day from sources.labels order by 1";
        var request = "{\"features\":[\"delays:*\"],%s\"spine\":{\"sql\":\"" + sql + "\"}}";

        assertThat(post(request.formatted("")).body()).contains("spine.rows[0].local");
        assertThat(post(request.formatted("\"time_zone\":\"UTC\",")).body())
                .contains("\"local\":\"2026-01-01T12:00:00.000000Z\",\"day\":\"2026-01-01\"");
    }

    @Test
    void unreadableFilesAreRefused() throws Exception {
        assertThat(upload("", FEATURES, "spine.parquet", bytes("no parquet")).statusCode())
                .isEqualTo(400);
        assertThat(upload("", FEATURES, "spine.xls", bytes("a")).statusCode()).isEqualTo(415);
        assertThat(upload("", FEATURES, "spine.csv", bytes("origin,as_of\n\"JFK"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(upload("", FEATURES, "spine.csv", bytes("")).statusCode()).isBetween(400, 422);
        assertThat(text(upload(
                        "", FEATURES, "spine.csv", bytes("origin,origin,as_of\nJFK,JFK,2026-01-01T00:00:00Z\n"))))
                .contains("origin");
        assertThat(text(upload(
                        "",
                        "{\"features\":[\"delays:*\"],\"spine\":{\"source\":\"labels\"}}",
                        "spine.csv",
                        bytes("origin,as_of\n"))))
                .contains("leave it out");
    }

    @Test
    void aHeaderAloneIsAnEmptySpine() throws Exception {
        var response = upload("?format=csv", FEATURES, "spine.csv", bytes("origin,as_of,x\n"));

        assertThat(text(response)).isEqualTo("origin,as_of,x,delays__avg_delay,delays__flights\r\n");
    }

    private List<List<@Nullable Object>> rows(byte[] parquet) {
        var rows = new ArrayList<List<@Nullable Object>>();
        try (var reader = readers.open(RowFormat.PARQUET, new ByteArrayInputStream(parquet))) {
            for (var row = reader.next(); row != null; row = reader.next()) {
                rows.add(Arrays.asList(row));
            }
        }
        return rows;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
