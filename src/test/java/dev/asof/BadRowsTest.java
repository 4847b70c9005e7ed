package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Wrong rows, in every format: refused whole or quarantined with the rule, never lost and never a 500. */
class BadRowsTest extends BadInputTestBase {

    private static final String GOOD_LINE = "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\"}";

    @Autowired
    private DataSource dataSource;

    @BeforeEach
    void defineSource() {
        define();
    }

    @Test
    void anUnknownSourceIsNotFoundWithNearMisses() {
        for (String missing : List.of(name + "_txx", (name + "_TX").toUpperCase(java.util.Locale.ROOT))) {
            var answer =
                    post("/sources/" + missing + "/rows", JSON, "{\"rows\":[]}").refused(404, "not_found");
            assertThat(answer.suggestions()).contains(name + "_tx");
        }
        post("/sources/" + "x".repeat(3000) + "/rows", JSON, "{\"rows\":[]}").refused(404, "not_found");
    }

    @Test
    void bodiesThatAreNoRowsAreMalformedAndStoreNothing() {
        var bodies = List.of(
                "",
                "  ",
                "null",
                "5",
                "\"x\"",
                "{}",
                "{\"rows\":null}",
                "{\"rows\":{}}",
                "{\"rows\":[1]}",
                "{\"rows\":[null]}",
                "{\"rows\":[[]]}",
                "{\"rowz\":[]}",
                "{\"x\":1,\"rows\":[]}",
                "{\"rows\":[" + GOOD_LINE + "],\"x\":1}",
                "{\"rows\":[" + GOOD_LINE + "]} x",
                "{\"rows\":[" + GOOD_LINE,
                "{\"rows\":[" + GOOD_LINE + ",{\"ts\":\"20",
                "{\"rows\":[{\"card\":\"a\",\"card\":\"b\"}]}",
                "{\"rows\":[" + GOOD_LINE + "],\"rows\":[]}",
                "{\"rows\":[{\"amount\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}]}",
                "{\"rows\":[{\"n\":" + "9".repeat(5_000) + "}]}",
                "{'rows':[]}",
                "{\"rows\":[" + GOOD_LINE + ",]}",
                "{\"rows\":[{\"" + "n".repeat(2_000) + "\":1}]}");
        for (String body : bodies) {
            rows(JSON, body).refused(400, "malformed_request");
        }
        for (String body : List.of(
                "",
                "\n\n",
                "5",
                "[1]",
                "null",
                "hello",
                GOOD_LINE + "\nnull",
                GOOD_LINE + ",\n",
                GOOD_LINE + "\n{\"ts\":",
                "{\"card\":\"" + "x".repeat(2_000_000) + "\"}")) {
            rows(NDJSON, body).refused(400, "malformed_request");
        }
        assertThat(rows(NDJSON, GOOD_LINE + "\n{\"ts\":")
                        .json()
                        .path("violations")
                        .path(0)
                        .path("line")
                        .asInt())
                .isEqualTo(2);
        assertNothingStored();
    }

    @Test
    void bytesThatAreNotUtf8AreMalformed() {
        var path = "/sources/" + name + "_tx/rows";
        byte[] json =
                "{\"rows\":[{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"é\"}]}".getBytes(StandardCharsets.ISO_8859_1);
        send("POST", path, JSON, json, Map.of()).refused(400, "malformed_request");
        byte[] csv = "ts,card\n2026-01-01T00:00:00Z,é\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(send("POST", path, CSV, csv, Map.of())
                        .refused(400, "malformed_request")
                        .detail())
                .contains("UTF-8");
        assertNothingStored();
        byte[] marked = ("\uFEFF{\"rows\":[" + GOOD_LINE + "]}").getBytes(StandardCharsets.UTF_8);
        send("POST", path, JSON, marked, Map.of()).accepted();
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void malformedCsvNamesItsLineAndStoresNothing() {
        for (String body : List.of(
                "",
                "\n",
                "ts,card\n2026-01-01T00:00:00Z\n",
                "ts,card\n2026-01-01T00:00:00Z,a,b\n",
                "ts,card\n2026-01-01T00:00:00Z,\"a\n",
                "ts,card\n2026-01-01T00:00:00Z,\"a\"x\n",
                "ts,card,card\n1,2,3\n",
                "ts,card\n2026-01-01T00:00:00Z," + "x".repeat(2_000_000))) {
            rows(CSV, body).refused(400, "malformed_request");
        }
        var answer = rows(CSV, "ts,card\n2026-01-01T00:00:00Z,a\n2026-01-01T00:00:00Z\n");
        assertThat(answer.json().path("violations").path(0).path("line").asInt())
                .isEqualTo(3);
        assertNothingStored();
    }

    @Test
    void I4_aMissingRequiredColumnRefusesTheFileWithNearMisses() {
        var answer = rows(CSV, "time,crad\n2026-01-01T00:00:00Z,a\n").refused(422, "contract_violated");
        assertThat(answer.wrongs()).containsExactly("ts missing_column", "card missing_column");
        assertThat(answer.suggestions()).containsExactly("crad");
        assertNothingStored();
    }

    @Test
    void whatIsNoParquetIsMalformed() {
        var junk = new byte[200];
        System.arraycopy("PAR1".getBytes(StandardCharsets.US_ASCII), 0, junk, 0, 4);
        junk[192] = 50;
        System.arraycopy("PAR1".getBytes(StandardCharsets.US_ASCII), 0, junk, 196, 4);
        var path = "/sources/" + name + "_tx/rows";
        send("POST", path, PARQUET, junk, Map.of()).refused(400, "malformed_request");
        for (String body : List.of("", "hello", "PAR1", "PAR1PAR1", "ts,card\n")) {
            rows(PARQUET, body).refused(400, "malformed_request");
        }
        assertNothingStored();
    }

    @Test
    void contentTypesAndEncodingsThatAreNotReadAreSaid() {
        for (String type : List.of("", "text/plain", "application/xml", "application/octet-stream")) {
            assertThat(rows(type, "x").refused(415, "unsupported_media_type").detail())
                    .contains(NDJSON, CSV);
        }
        rows("multipart/form-data", "x").refused(400, "malformed_request");
        var path = "/sources/" + name + "_tx/rows";
        var gzip = send("POST", path, JSON, new byte[] {31, (byte) 139}, Map.of("Content-Encoding", "gzip"));
        assertThat(gzip.refused(415, "unsupported_media_type").detail()).contains("gzip");
        for (String method : List.of("GET", "PUT", "DELETE", "PATCH")) {
            send(method, path, JSON, new byte[0], Map.of()).refused(405, "method_not_allowed");
        }
        assertNothingStored();
    }

    @Test
    void valuesOfWrongTypesAreQuarantinedWithTheRule() {
        assertThat(row("amount", "x").rules()).containsExactly("amount type");
        assertThat(row("amount", Map.of("a", 1)).rules()).containsExactly("amount type");
        assertThat(row("card", 5).rules()).containsExactly("card type");
        assertThat(row("flag", "yes").rules()).containsExactly("flag type");
        assertThat(row("tags", List.of("a", 1)).rules()).containsExactly("tags type");
        assertThat(row("ts", 1767225600).rules()).containsExactly("ts type");
        assertThat(row("n", 1.5).rules()).containsExactly("n type");
        assertThat(row("amount", 5_000).rules()).containsExactly("amount between");
        assertThat(rows(NDJSON, "{\"amount\":\"x\",\"n\":true,\"flag\":7}").rules())
                .containsExactly("amount type", "n type", "flag type", "ts required", "card required");
        assertThat(stored()).isZero();
        assertThat(quarantined()).isEqualTo(9);
    }

    @Test
    void J1_numbersBeyondTheirTypeAreQuarantinedAsSent() {
        assertThat(rows(NDJSON, "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"amount\":1e400,\"n\":1e999999999}")
                        .rules())
                .containsExactly("amount out_of_range", "n out_of_range");
        assertThat(rows(NDJSON, "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"n\":9223372036854775808}")
                        .rules())
                .containsExactly("n out_of_range");
        assertThat(rows(NDJSON, "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"amount\":-Infinity}")
                        .rules())
                .containsExactly("amount non_finite");
        assertThat(row("amount", "NaN").rules()).containsExactly("amount non_finite");
        var kept = get("/sources/" + name + "_tx/quarantine").accepted().body();
        assertThat(kept).contains("\"amount\":1E+400", "\"n\":1E+999999999", "\"n\":9223372036854775808");
    }

    @Test
    void nulSurrogatesAndLongKeysAreQuarantinedAndReadable() {
        assertThat(row("card", "a\0b").rules()).containsExactly("card nul_character");
        assertThat(row("card", "k".repeat(6_000)).rules()).containsExactly("card key_too_long");
        assertThat(rows(NDJSON, "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"\\ud800\"}")
                        .rules())
                .containsExactly("card unpaired_surrogate");
        assertThat(rows(CSV, "ts,card\n2026-01-01T00:00:00Z,a\0b\n").rules()).containsExactly("card nul_character");
        var items = get("/sources/" + name + "_tx/quarantine").accepted().json().path("items");
        assertThat(items.path(0).path("row").path("card").asString()).isEqualTo("a\0b");
        assertThat(items.path(1).path("row").path("card").asString()).hasSize(6_000);
        assertThat(items.size()).isEqualTo(4);
        assertThat(stored()).isZero();
    }

    @Test
    void T1_timesThatAreNoInstantsAreQuarantined() {
        assertThat(row("ts", "2026-01-01T00:00:00").rules()).containsExactly("ts no_time_zone");
        assertThat(row("ts", "2026-01-01T00:00:00.1234567Z").rules()).containsExactly("ts sub_microsecond");
        assertThat(row("ts", "2026-02-30T00:00:00Z").rules()).containsExactly("ts type");
        assertThat(row("local", "2026-03-08T02:30:00").rules()).containsExactly("local nonexistent_local_time");
        assertThat(row("local", "2025-11-02T01:30:00").rules()).containsExactly("local ambiguous_local_time");
        assertThat(stored()).isZero();
        row("ts", "2026-01-01T00:00:00.123456000Z").accepted();
        row("local", "2025-11-02T01:30:00-05:00").accepted();
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void T2_rowsAheadOfTheClockWaitOrAreQuarantined() {
        assertThat(row("ts", Instant.now().plusSeconds(3_600).toString().substring(0, 19) + "Z")
                        .rules())
                .containsExactly("ts too_far_in_the_future");
        var soon = Instant.now().plusSeconds(45).toString().substring(0, 19) + "Z";
        assertThat(row("ts", soon).accepted().rules()).isEmpty();
        assertThat(get("/online-features/" + name + "_svc?card_id=a&include=statuses")
                        .body())
                .contains("NOT_FOUND");
        assertThat(stored()).isEqualTo(1);
    }

    @Test
    void J2_whatPandasWritesIsRead() {
        var answer = rows(CSV, """
            ,ts,card,amount,n,flag,tags
            0,2026-01-01 00:00:00+00:00,a,1.5,3.0,True,"[""x"", ""y""]"
            1,2026-01-01 00:00:01+00:00,a,,9223372036854775807,False,
            2,2026-01-01 00:00:02+00:00,"",,,,
            """).accepted();
        assertThat(answer.json().path("accepted").asInt()).isEqualTo(3);
        assertThat(answer.json().path("ignored_columns").path(0).asString()).isEqualTo("Unnamed: 0");
        rows(NDJSON, "{\"ts\":\"2026-01-02 00:00:00+00:00\",\"card\":\"a\",\"n\":3.0,\"flag\":true}\n")
                .accepted();
        assertThat(stored()).isEqualTo(4);
    }

    @Test
    void I4_theRatioIsJudgedFromAHundredRowsUp() {
        assertThat(batch(99, 99).accepted().json().path("quarantined").asInt()).isEqualTo(99);
        assertThat(batch(100, 5).accepted().json().path("accepted").asInt()).isEqualTo(95);
        long stored = stored();
        long quarantined = quarantined();
        var refused = batch(100, 6).refused(422, "contract_violated");
        assertThat(refused.wrongs()).hasSize(6).contains("rows[0].amount between", "rows[5].amount between");
        assertThat(batch(5_000, 300).refused(422, "contract_violated").wrongs()).hasSize(100);
        assertThat(stored()).isEqualTo(stored);
        assertThat(quarantined()).isEqualTo(quarantined);
    }

    private Answer batch(int rows, int bad) {
        var batch = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < rows; i++) {
            batch.add(i < bad ? with("amount", -1) : good());
        }
        return rows(JSON, json(Map.of("rows", batch)));
    }

    @Test
    void I4_quarantinedRowsAreReplayedOnceTheContractIsMended() {
        row("amount", 5_000).accepted();
        row("amount", "x").accepted();
        var replay = "/sources/" + name + "_tx/quarantine/replay";
        assertThat(post(replay, JSON, "{}").accepted().json().path("accepted").asInt())
                .isZero();
        post("/definitions", YAML, bundle("[0, 10000]")).accepted();
        var outcome = post(replay, JSON, "{}").accepted().json();
        assertThat(outcome.path("accepted").asInt()).isEqualTo(1);
        assertThat(outcome.path("remaining").asInt()).isEqualTo(1);
        assertThat(get("/online-features/" + name + "_svc?card_id=a").body()).contains("[5000.0,null]");
    }

    @Test
    void replaysOfRowsThatDoNotWaitAreRefused() {
        var replay = "/sources/" + name + "_tx/quarantine/replay";
        assertThat(post(replay, JSON, "{}").accepted().json().path("remaining").asInt())
                .isZero();
        assertThat(post(replay, JSON, "{\"ids\":[999999999]}")
                        .refused(404, "not_found")
                        .wrongs())
                .containsExactly("ids unknown_id");
        for (String body : List.of("{\"ids\":[]}", "{\"ids\":[null]}")) {
            post(replay, JSON, body).refused(422, "invalid");
        }
        for (String body : List.of("{\"ids\":{}}", "{\"ids\":[\"x\"]}", "{\"ids\":[1.5]}", "[]", "{\"ids\":[")) {
            post(replay, JSON, body).refused(400, "malformed_request");
        }
        assertThat(post(replay, JSON, "{\"idz\":[1]}")
                        .refused(400, "malformed_request")
                        .suggestions())
                .containsExactly("ids");
        post("/sources/" + name + "_txx/quarantine/replay", JSON, "{}").refused(404, "not_found");
        for (String query : List.of("page_size=0", "page_size=1001", "page_size=x", "page_token=x", "page_token=")) {
            get("/sources/" + name + "_tx/quarantine?" + query).refused(400, "malformed_request");
        }
        var misspelt = get("/sources/" + name + "_tx/quarantine?pagesize=1").refused(400, "malformed_request");
        assertThat(misspelt.suggestions()).containsExactly("page_size");
    }

    @Test
    void I2_idempotencyKeysAreOfOneBodyAndOneRunningRequest() throws SQLException {
        var body = "{\"rows\":[" + GOOD_LINE + "]}";
        for (String key : List.of("", " ", "k".repeat(256))) {
            keyed(key, body).refused(400, "malformed_request");
        }
        assertNothingStored();
        var first = keyed("k1", body).accepted();
        assertThat(keyed("k1", body).accepted().json().path("batch_id"))
                .isEqualTo(first.json().path("batch_id"));
        keyed("k1", "{\"rows\":[" + GOOD_LINE + "," + GOOD_LINE + "]}").refused(422, "idempotency_key_reused");
        try (var connection = dataSource.getConnection();
                var running = connection.createStatement()) {
            connection.setAutoCommit(false);
            running.execute("""
                insert into asof.idempotency_key (principal, source, key, body_hash, created_at)
                values ('everybody', '%s_tx', 'k2', 'x', now())
                """.formatted(name));
            keyed("k2", body).refused(409, "still_running");
            connection.rollback();
            connection.setAutoCommit(true);
        }
        assertThat(stored()).isEqualTo(1);
    }

    private Answer keyed(String key, String body) {
        return send(
                "POST",
                "/sources/" + name + "_tx/rows",
                JSON,
                body.getBytes(StandardCharsets.UTF_8),
                Map.of("Idempotency-Key", key));
    }

    @Test
    void draftsOfWhatCannotBeReadAreRefused() {
        for (String type : List.of(JSON, NDJSON, CSV, PARQUET)) {
            post("/sources/draft", type, "").refused(400, "malformed_request");
        }
        for (String type : List.of(JSON, NDJSON, PARQUET)) {
            post("/sources/draft", type, "{\"rows\": [").refused(400, "malformed_request");
        }
        post("/sources/draft", CSV, "a,a\n1,2\n").refused(400, "malformed_request");
        post("/sources/draft", "", "a").refused(415, "unsupported_media_type");
        post("/sources/draft", "multipart/form-data", "a").refused(400, "malformed_request");
        post("/sources/draft?name=Bad__Name", CSV, "a\n1\n").refused(422, "invalid");
        post("/sources/draft?nam=x", CSV, "a\n1\n").refused(400, "malformed_request");
    }
}
