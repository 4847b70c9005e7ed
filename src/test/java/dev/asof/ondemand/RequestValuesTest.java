package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.AT;
import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ParquetRowWriter;
import dev.asof.formats.ResultColumn;
import dev.asof.shared.ScalarType;
import dev.asof.support.ApiClient.Answer;
import dev.asof.support.AsofServerTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Request values in spines of every kind: typed as declared, handed through, refused with all rows that lack them. */
@AsofServerTest
class RequestValuesTest {

    private static final List<ResultColumn> PARQUET = List.of(
            new ResultColumn("card", ScalarType.STRING),
            new ResultColumn("as_of", ScalarType.TIMESTAMP),
            new ResultColumn("amount", ScalarType.FLOAT64),
            new ResultColumn("category", ScalarType.STRING));

    @LocalServerPort
    private int port;

    private Cards cards;

    @BeforeEach
    void define() {
        cards = new Cards(port).define().send();
    }

    private Answer upload(String fileName, String file) {
        return Spines.upload(port, cards.named("{\"features\":[\"$_risk:*\"]}"), fileName, file);
    }

    private Answer parquet(List<ResultColumn> columns, Object[]... rows) {
        var out = new ByteArrayOutputStream();
        try (var writer = new ParquetRowWriter(columns, out)) {
            for (var row : rows) {
                writer.row(row);
            }
            writer.finish();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return Spines.upload(port, cards.named("{\"features\":[\"$_risk:*\"]}"), "spine.parquet", out.toByteArray());
    }

    private Answer sql(String select) {
        return cards.join(Map.of("sql", cards.named(select)));
    }

    private void assertRows(Answer answer) {
        assertThat(answer.expect(200).lines().stream().map(row -> List.copyOf(values(row))))
                .containsExactly(
                        List.of("a", "2026-03-10T12:00:00.000000Z", 20.0, "fuel", 20.0 / 40, 30.0, 2.0 / 30, 12, 30.0),
                        List.of("a", "2026-03-09T12:00:00.000000Z", "null", "food", "null", 15.0, 0.2, 12, 10.0),
                        List.of("b", "2026-03-10T12:00:00.000000Z", 1.0, "null", "null", "null", "null", 12, 0.0));
    }

    private static List<Object> values(Map<String, Object> row) {
        return row.values().stream()
                .map(value -> value == null ? "null" : value)
                .toList();
    }

    @Test
    void A5_requestValuesOfEveryKindOfSpineAreReadAndHandedThrough() {
        String earlier = "2026-03-09T12:00:00Z";
        assertRows(cards.join(Map.of(
                "rows",
                List.of(
                        row("card", "a", "as_of", AT, "amount", 20, "category", "fuel"),
                        row("card", "a", "as_of", earlier, "amount", null, "category", "food"),
                        row("card", "b", "as_of", AT, "amount", 1.0, "category", null)))));
        assertRows(sql("""
            select * from (values ('a', timestamptz '2026-03-10T12:00:00Z', 20.00::numeric, 'fuel'),
                ('a', '2026-03-09T12:00:00Z', null, 'food'), ('b', '2026-03-10T12:00:00Z', 1, null))
                as s(card, as_of, amount, category)\
            """));
        assertRows(upload(
                "spine.csv",
                "card,as_of,amount,category\na,%s,20,fuel\na,%s,,food\nb,%s,1.0,\n".formatted(AT, earlier, AT)));
        assertRows(upload("spine.ndjson", """
            {"card":"a","as_of":"%s","amount":20,"category":"fuel"}
            {"card":"a","as_of":"%s","amount":null,"category":"food"}
            {"card":"b","as_of":"%s","amount":1.0,"category":null}
            """.formatted(AT, earlier, AT)));
        assertRows(parquet(
                PARQUET,
                new Object[] {"a", Instant.parse(AT), 20.0, "fuel"},
                new Object[] {"a", Instant.parse(earlier), null, "food"},
                new Object[] {"b", Instant.parse(AT), 1.0, null}));
    }

    @Test
    void A5_aSourceIsASpineWithItsColumnsAsRequestValues() {
        cards.api().apply(cards.named("""
            kind: source
            name: $_asked
            type: push
            columns:
              - {name: asked_at, type: TIMESTAMP, required: true}
              - {name: card, type: STRING}
              - {name: amount, type: INT32}
              - {name: category, type: STRING}
            event_timestamp: asked_at
            """)).expect(200);
        cards.api()
                .rows(
                        cards.name() + "_asked",
                        List.of(row("asked_at", AT, "card", "a", "amount", 20, "category", "fuel")))
                .expect(200);

        var rows = cards.join(Map.of("source", cards.name() + "_asked"))
                .expect(200)
                .lines();
        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst()).containsEntry("amount", 20.0).containsEntry(cards.named("$_risk__ratio"), 0.5);
        assertThat(cards.join(Map.of("source", cards.name() + "_payments"))
                        .expect(200)
                        .lines())
                .hasSize(4);
    }

    @Test
    void aMissingColumnIsToldWithNearMissesWhateverTheSpine() {
        var answers = List.of(
                cards.join(Map.of("rows", List.of(row("card", "a", "as_of", AT, "amonut", 1, "category", "x")))),
                sql("select 'a' as card, now() as as_of, 1 as amonut, 'x' as category"),
                upload("spine.csv", "card,as_of,amonut,category\na,%s,1,x\n".formatted(AT)),
                upload(
                        "spine.ndjson",
                        "{\"card\":\"a\",\"as_of\":\"%s\",\"amonut\":1,\"category\":\"x\"}\n".formatted(AT)),
                parquet(
                        List.of(
                                PARQUET.get(0),
                                PARQUET.get(1),
                                new ResultColumn("amonut", ScalarType.INT64),
                                PARQUET.get(3)),
                        new Object[] {"a", Instant.parse(AT), 1L, "x"}));
        for (Answer answer : answers) {
            JsonNode violation = answer.expect(422).json().get("violations").get(0);
            assertThat(violation.get("code").asString()).isEqualTo("missing_request_value");
            assertThat(violation.get("path").asString()).isEqualTo("amount");
            assertThat(violation.get("message").asString())
                    .contains("no column 'amount' (FLOAT64), a request value", "did you mean amonut?");
            assertThat(violation.get("suggestions").get(0).asString()).isEqualTo("amonut");
        }
    }

    @Test
    void everyRowsRequestValuesAreChecked() {
        var rows = cards.join(Map.of(
                        "rows",
                        List.of(
                                row("card", "a", "as_of", AT, "amount", 1, "category", "x"),
                                row("card", "a", "as_of", AT, "category", "x"),
                                row("card", "a", "as_of", AT, "amount", "much", "category", 7),
                                row("card", "a", "as_of", AT, "amount", "NaN", "category", "x"),
                                row("card", "a", "as_of", AT, "amount", List.of(1), "category", "x"),
                                row("card", "a", "as_of", null, "amount", true, "category", Map.of("a", 1)))))
                .expect(422)
                .json()
                .get("violations");
        assertThat(rows)
                .extracting(violation -> violation.get("path").asString() + " "
                        + violation.get("code").asString())
                .containsExactly(
                        "spine.rows[1].amount missing_request_value",
                        "spine.rows[2].amount type",
                        "spine.rows[2].category type",
                        "spine.rows[3].amount non_finite",
                        "spine.rows[4].amount type",
                        "spine.rows[5].as_of null_as_of",
                        "spine.rows[5].amount type",
                        "spine.rows[5].category type");
        assertThat(rows.get(3).get("message").asString())
                .isEqualTo(
                        "Row 4, column 'amount': FLOAT64 expected, of finite numbers: send null where there is none");
    }

    @Test
    void valuesThatAreNotFiniteOrNotOfTheTypeAreToldInFilesAndSql() {
        assertCodes(
                sql("""
                    select 'a' as card, now() as as_of, x as amount, 'x' as category
                    from unnest('{NaN,Infinity,1,-Infinity}'::float8[]) x\
                    """),
                "spine.rows[0].amount non_finite",
                "spine.rows[1].amount non_finite",
                "spine.rows[3].amount non_finite");
        assertCodes(
                sql("select 'a' as card, now() as as_of, 'NaN'::numeric as amount, current_date as category"),
                "spine.rows[0].amount non_finite",
                "spine.rows[0].category type");
        assertCodes(
                upload(
                        "spine.csv",
                        "card,as_of,amount,category\na,%s,NaN,x\na,%s,1e999,x\na,%s,x,\"\"\n".formatted(AT, AT, AT)),
                "spine.rows[0].amount non_finite",
                "spine.rows[1].amount out_of_range",
                "spine.rows[2].amount type");
        assertCodes(
                parquet(PARQUET, new Object[] {"a", Instant.parse(AT), Double.NaN, "x"}, new Object[] {
                    "a", Instant.parse(AT), Double.NEGATIVE_INFINITY, "x"
                }),
                "spine.rows[0].amount non_finite",
                "spine.rows[1].amount non_finite");
        assertCodes(
                upload(
                        "spine.ndjson",
                        "{\"card\":\"a\",\"as_of\":\"%s\",\"amount\":NaN,\"category\":false}\n".formatted(AT)),
                "spine.rows[0].amount non_finite",
                "spine.rows[0].category type");
    }

    private static void assertCodes(Answer answer, String... codes) {
        assertThat(answer.expect(422).json().get("violations"))
                .extracting(violation -> violation.get("path").asString() + " "
                        + violation.get("code").asString())
                .containsExactly(codes);
    }

    @Test
    void manyAreCountedAndTheFirstHundredListed() {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 150; i++) {
            rows.add(row("card", "a", "as_of", AT, "amount", "x" + i, "category", null));
        }
        var answer = cards.join(Map.of("rows", rows)).expect(422).json();
        assertThat(answer.get("violations")).hasSize(100);
        assertThat(answer.get("detail").asString()).contains("150 violations; the first 100 are listed");
    }

    @Test
    void requestValuesOfEveryTypeAreTypedAsDeclared() {
        cards.api().apply(cards.named("""
            kind: on_demand_feature_view
            name: $_all
            request:
              - {name: flag, type: BOOLEAN}
              - {name: small, type: INT32}
              - {name: single, type: FLOAT32}
              - {name: raw, type: BYTES}
              - {name: since, type: TIMESTAMP}
              - {name: vector, type: FLOAT32_LIST, length: 2}
              - {name: words, type: STRING_LIST}
            features:
              - {name: number, expression: "request.small + size(request.words)"}
            """)).expect(200);
        var features = List.of("$_all:*");
        var good = row(
                "as_of",
                AT,
                "flag",
                "true",
                "small",
                "7",
                "single",
                0.1,
                "raw",
                "AQI=",
                "since",
                AT,
                "vector",
                List.of(1, 0.5),
                "words",
                List.of("x", "y"));
        var answer = cards.join(Map.of("rows", List.of(good)), features)
                .expect(200)
                .lines()
                .getFirst();
        assertThat(answer)
                .containsEntry("flag", true)
                .containsEntry("small", 7)
                .containsEntry("single", 0.1)
                .containsEntry("since", "2026-03-10T12:00:00.000000Z")
                .containsEntry("vector", List.of(1.0, 0.5))
                .containsEntry(cards.named("$_all__number"), 9);
        var bad = row(
                "as_of",
                AT,
                "flag",
                "maybe",
                "small",
                3_000_000_000L,
                "single",
                1e300,
                "raw",
                "*",
                "since",
                "2026-03-10",
                "vector",
                List.of(1),
                "words",
                List.of("x", 1));
        assertCodes(
                cards.join(Map.of("rows", List.of(bad)), features),
                "spine.rows[0].flag type",
                "spine.rows[0].small out_of_range",
                "spine.rows[0].single out_of_range",
                "spine.rows[0].raw type",
                "spine.rows[0].since no_time_zone",
                "spine.rows[0].vector length",
                "spine.rows[0].words type");
    }

    @ParameterizedTest
    @CsvSource({"amount, type_is_given", "category, type_is_given"})
    void theirTypesArentTheRequestsToDecide(String name, String code) {
        var answer = cards.api()
                .postJson(
                        "/historical-features",
                        row(
                                "features",
                                List.of(cards.named("$_risk:*")),
                                "types",
                                Map.of(name, "STRING"),
                                "spine",
                                Map.of("rows", List.of(row("card", "a", "as_of", AT, "amount", 1, "category", "x")))));
        assertCodes(answer, "types." + name + " " + code);
    }
}
