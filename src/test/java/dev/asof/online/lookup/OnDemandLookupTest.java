package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.asof.online.OnlineProperties;
import dev.asof.registry.Registry;
import dev.asof.shared.Timestamps;
import dev.asof.support.ApiClient;
import dev.asof.support.ApiClient.Answer;
import dev.asof.support.AsofServerTest;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** On-demand features in lookups, from definitions and rows to answers of either store. */
@AsofServerTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OnDemandLookupTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String DEFINITIONS = """
        kind: entity
        name: od_user
        keys: [{name: user_id, type: STRING}]
        ---
        kind: source
        name: od_signups
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: user_id, type: STRING}
          - {name: signed_up, type: TIMESTAMP}
          - {name: age, type: INT32}
          - {name: city, type: STRING}
          - {name: scores, type: FLOAT32_LIST}
        event_timestamp: at
        ---
        kind: source
        name: od_purchases
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: user_id, type: STRING}
          - {name: amount, type: FLOAT64}
          - {name: cents, type: INT64}
          - {name: category, type: STRING}
        event_timestamp: at
        ---
        kind: feature_view
        name: od_profile
        entities: [od_user]
        source: od_signups
        ttl: 30d
        features:
          - {name: signed_up, column: signed_up}
          - {name: age, column: age}
          - {name: city, column: city}
          - {name: scores, column: scores}
          - {name: risky, expression: "100 / (age - 30)"}
        ---
        kind: feature_view
        name: od_spending
        entities: [od_user]
        source: od_purchases
        features:
          - {name: n, aggregate: count, windows: [30d]}
          - {name: total, aggregate: sum, column: amount, windows: [30d]}
          - {name: cents, aggregate: sum, column: cents, window: 30d}
          - {name: last_at, aggregate: last, column: at, window: unbounded}
          - {name: amounts, aggregate: last_n, n: 3, column: amount, window: 30d}
          - {name: by_category, aggregate: sum, column: amount, by: category, max_keys: 2, window: 30d}
        ---
        kind: on_demand_feature_view
        name: od_now
        inputs: ["od_profile:*", "od_spending:*"]
        features:
          - {name: lifetime_days, expression: "days_between(od_profile.signed_up, as_of)"}
          - {name: age_cohort, expression: "bucketize(od_profile.age, [18, 25, 35, 50, 65])"}
          - {name: log_n_30d, expression: "ln(od_spending.n_30d + 1)"}
          - {name: average_30d, expression: "od_spending.total_30d / od_spending.n_30d"}
          - {name: days_since_purchase, expression: "days_between(od_spending.last_at, as_of)"}
          - {name: food, expression: "od_spending.by_category['food']"}
          - {name: kinds, expression: "size(od_spending.by_category)"}
          - {name: risk, expression: "coalesce(od_profile.risky, 7)"}
          - {name: euros, expression: "od_spending.cents / 100"}
          - {name: any, expression: "coalesce(od_spending.total_30d, double(od_profile.age))"}
          - {name: moment, expression: "as_of"}
          - {name: square, expression: "dot(od_profile.scores, od_profile.scores)"}
          - {name: similarity, expression: "cosine(od_profile.scores, [2.0, 6.0])"}
        ---
        kind: on_demand_feature_view
        name: od_risk
        inputs: ["od_now:average_30d", "od_spending:amounts", "od_profile:scores"]
        request:
          - {name: amount, type: FLOAT64}
          - {name: basket, type: INT64_LIST}
        features:
          - {name: ratio, expression: "request.amount / od_now.average_30d"}

          - {name: first_item, expression: "request.basket[0]"}
          - {name: twice, expression: "request.amount * 2"}
          - {name: last_amount, expression: "od_spending.amounts[2]"}
          - {name: scores, expression: "od_profile.scores"}
        ---
        kind: feature_service
        name: od_payments
        features:
          - "od_risk:*"
          - {view: od_risk, as: payee, keys: {user_id: payee_id}, features: [ratio]}
        """;

    @LocalServerPort
    private int port;

    @Autowired
    private Registry registry;

    @Autowired
    private PostgresRows postgres;

    @Autowired
    private RedisOrPostgresRows stores;

    @Autowired
    private OnDemandFeatures onDemand;

    @Autowired
    private LookupMetrics metrics;

    @Autowired
    private OnlineProperties properties;

    @Autowired
    private MeterRegistry meters;

    private ApiClient api;
    private Instant now;

    @BeforeAll
    void fill() {
        api = new ApiClient(port);
        now = Timestamps.truncated(Instant.now());
        api.apply(DEFINITIONS).expect(200);
        api.rows(
                        "od_signups",
                        List.of(
                                signup("ann", Duration.ofHours(1), 41),
                                signup("bob", Duration.ofDays(1), 30),
                                signup("old", Duration.ofDays(31), 20)))
                .expect(200);
        api.rows(
                        "od_purchases",
                        List.of(
                                purchase("ann", Duration.ofDays(40), 1000, "food"),
                                purchase("ann", Duration.ofDays(4), 10, "food"),
                                purchase("ann", Duration.ofDays(3), 20, "toys"),
                                purchase("ann", Duration.ofDays(2), 60, "food"),
                                purchase("old", Duration.ofDays(2), 5, "a"),
                                purchase("old", Duration.ofDays(2), 6, "b"),
                                purchase("old", Duration.ofDays(2), 7, "c")))
                .expect(200);
        api.rows(
                        "od_purchases",
                        IntStream.range(0, 20)
                                .mapToObj(i -> purchase("many", Duration.ofDays(2), i, "kind " + i))
                                .toList())
                .expect(200);
    }

    private Map<String, Object> signup(String user, Duration ago, int age) {
        return Map.of(
                "at",
                now.minus(ago).toString(),
                "user_id",
                user,
                "signed_up",
                now.minus(Duration.ofDays(100)).toString(),
                "age",
                age,
                "city",
                "city of " + user,
                "scores",
                List.of(0.5, 1.5));
    }

    private Map<String, Object> purchase(String user, Duration ago, double amount, String category) {
        return Map.of(
                "at",
                now.minus(ago).toString(),
                "user_id",
                user,
                "amount",
                amount,
                "cents",
                user.equals("old") ? Long.MAX_VALUE : 1,
                "category",
                category);
    }

    /** Single quotes stand for double ones. */
    private Answer ask(String body) {
        return api.post("/online-features", "application/json", body.replace('\'', '"'));
    }

    private JsonNode answer(String body) {
        return ask(body).expect(200).json();
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text.replace('\'', '"'));
    }

    private static double daysBefore(JsonNode answer, Instant instant) {
        var asOf = Instant.parse(answer.get("as_of").asString());
        return Duration.between(instant, asOf).toNanos() / 86_400e9;
    }

    @Test
    void C1_theFiveFeaturesOfEveryTextbook() {
        var answer = answer("""
            {'features':['od_now:lifetime_days','od_now:age_cohort','od_now:log_n_30d','od_now:average_30d','od_now:days_since_purchase'],
             'entities':[{'user_id':'ann'}],'include':['statuses','event_timestamps']}\
            """);

        assertThat(answer.get("columns")).isEqualTo(json("""
            ['od_now__lifetime_days','od_now__age_cohort','od_now__log_n_30d','od_now__average_30d','od_now__days_since_purchase']\
            """));
        var row = answer.get("rows").get(0);
        var values = row.get("values");
        assertThat(values.get(0).asDouble())
                .isEqualTo(daysBefore(answer, now.minus(Duration.ofDays(100))), within(1e-9));
        assertThat(values.get(1).asInt()).isEqualTo(3);
        assertThat(values.get(2).asDouble()).isEqualTo(Math.log(4));
        assertThat(values.get(3).asDouble()).isEqualTo(30.0);
        assertThat(values.get(4).asDouble()).isEqualTo(daysBefore(answer, now.minus(Duration.ofDays(2))), within(1e-9));
        assertThat(row.get("statuses")).isEqualTo(json("['PRESENT','PRESENT','PRESENT','PRESENT','PRESENT']"));
        String profile = Timestamps.format(now.minus(Duration.ofHours(1)));
        String bought = Timestamps.format(now.minus(Duration.ofDays(2)));
        assertThat(row.get("event_timestamps"))
                .isEqualTo(json("['%s','%s','%s','%s','%s']".formatted(profile, profile, bought, bought, bought)));
    }

    @Test
    void C1_whatTheServiceAsksForStandsInItsSchema() {
        var schema = api.get("/feature-services/od_payments/schema").expect(200).json();

        assertThat(names(schema.get("keys"))).containsExactly("user_id", "payee_id");
        assertThat(names(schema.get("request_values"))).containsExactly("amount", "basket");
        ask("{'feature_service':'od_payments','entities':[{'user_id':'ann','payee_id':'bob','amount':1,'basket':[]}]}")
                .expect(200);
    }

    private static List<String> names(JsonNode columns) {
        return StreamSupport.stream(columns.spliterator(), false)
                .map(column -> column.get("name").asString())
                .toList();
    }

    @Test
    void V3_rolesReadTheirInputsUnderTheirKeys() {
        var answer = answer("""
            {'feature_service':'od_payments',
             'entities':[{'user_id':'ann','payee_id':'old','amount':60,'basket':[9007199254740993,5]},
                         {'user_id':'old','payee_id':'ann','amount':60,'basket':[]},
                         {'user_id':'ann','payee_id':null,'amount':null,'basket':null}],
             'include':['statuses']}\
            """);

        assertThat(answer.get("columns")).isEqualTo(json("""
            ['od_risk__ratio','od_risk__first_item','od_risk__twice','od_risk__last_amount','od_risk__scores','payee__ratio']\
            """));
        assertThat(answer.get("rows").get(0).get("values"))
                .isEqualTo(json("[2.0,9007199254740993,120.0,60.0,[0.5,1.5],10.0]"));
        assertThat(answer.get("rows").get(1)).isEqualTo(json("""
            {'values':[10.0,null,120.0,7.0,null,2.0],
             'statuses':['PRESENT','ERROR','PRESENT','PRESENT','NULL_VALUE','PRESENT']}\
            """));
        assertThat(answer.get("rows").get(2)).isEqualTo(json("""
            {'values':[null,null,null,60.0,[0.5,1.5],null],
             'statuses':['NULL_VALUE','NULL_VALUE','NULL_VALUE','PRESENT','PRESENT','ERROR']}\
            """));
    }

    @Test
    void columnsThatDependOnCommonAloneAreAnsweredOnce() {
        var byAmount = answer("""
            {'feature_service':'od_payments','common':{'user_id':'ann','payee_id':'ann','basket':[7]},
             'entities':[{'amount':30},{'amount':90}],'include':['event_timestamps']}\
            """);
        assertThat(byAmount.get("common").get("columns"))
                .isEqualTo(json("['od_risk__first_item','od_risk__last_amount','od_risk__scores']"));
        assertThat(byAmount.get("common").get("values")).isEqualTo(json("[7,60.0,[0.5,1.5]]"));
        assertThat(byAmount.get("columns")).isEqualTo(json("['od_risk__ratio','od_risk__twice','payee__ratio']"));
        assertThat(byAmount.get("rows").get(0).get("values")).isEqualTo(json("[1.0,60.0,1.0]"));
        assertThat(byAmount.get("rows").get(1).get("values")).isEqualTo(json("[3.0,180.0,3.0]"));
        String bought = Timestamps.format(now.minus(Duration.ofDays(2)));
        assertThat(byAmount.get("rows").get(1).get("event_timestamps"))
                .isEqualTo(json("['%s',null,'%s']".formatted(bought, bought)));

        var byUser = answer("""
            {'features':['od_risk:ratio','od_risk:twice','od_now:moment'],'common':{'amount':30,'basket':[]},
             'entities':[{'user_id':'ann'},{'user_id':'old'}],'column_names':'short'}\
            """);
        assertThat(byUser.get("common").get("columns")).isEqualTo(json("['twice','moment']"));
        assertThat(byUser.get("common").get("values").get(0).asDouble()).isEqualTo(60.0);
        assertThat(byUser.get("common").get("values").get(1)).isEqualTo(byUser.get("as_of"));
        assertThat(byUser.get("columns")).isEqualTo(json("['ratio']"));
        assertThat(byUser.get("rows")).isEqualTo(json("[{'values':[1.0]},{'values':[5.0]}]"));

        var all = answer("{'features':['od_risk:ratio'],'common':{'user_id':'ann','amount':30,'basket':[]}}");
        assertThat(all.get("common")).isEqualTo(json("{'columns':['od_risk__ratio'],'values':[1.0]}"));
        assertThat(all.get("rows")).isEqualTo(json("[]"));
    }

    @Test
    void oneMayAskByQueryParameters() {
        var answer = api.get(
                        "/online-features/od_payments?user_id=ann&payee_id=ann&amount=60&basket=%5B7,8%5D&int64=string&include=statuses")
                .expect(200)
                .json();

        assertThat(answer.get("rows").get(0).get("values")).isEqualTo(json("[2.0,'7',120.0,60.0,[0.5,1.5],2.0]"));
    }

    private JsonNode now(String user, String... features) {
        var asked = IntStream.range(0, features.length)
                .mapToObj(i -> "'od_now:" + features[i] + "'")
                .toList();
        return answer("{'features':[%s],'entities':[{'user_id':'%s'}],'include':['statuses','event_timestamps']}"
                        .formatted(String.join(",", asked), user))
                .get("rows")
                .get(0);
    }

    @Test
    void W6_bucketsAreLookedUpByKeyAndTruncatedOnesAreToldOf() {
        var ann = now("ann", "food", "kinds");
        assertThat(ann.get("values")).isEqualTo(json("[70.0,2]"));
        assertThat(ann.get("statuses")).isEqualTo(json("['PRESENT','PRESENT']"));

        var many = now("many", "food", "kinds");
        assertThat(many.get("values")).isEqualTo(json("[null,2]"));
        assertThat(many.get("statuses")).isEqualTo(json("['NULL_VALUE','TRUNCATED']"));

        var nobody = now("nobody", "food", "kinds");
        assertThat(nobody.get("values")).isEqualTo(json("[null,0]"));
        assertThat(nobody.get("statuses")).isEqualTo(json("['NULL_VALUE','PRESENT']"));
    }

    @Test
    void C2_whatFailsIsAnErrorAndCountedAndSoIsWhatReadsIt() {
        double failures = failures();
        double answered = values("ERROR");

        var bob = now("bob", "average_30d", "risk", "log_n_30d", "days_since_purchase");

        assertThat(bob.get("values")).isEqualTo(json("[null,7.0,0.0,null]"));
        assertThat(bob.get("statuses")).isEqualTo(json("['ERROR','ERROR','PRESENT','NULL_VALUE']"));
        assertThat(failures()).isEqualTo(failures + 1);
        assertThat(values("ERROR")).isEqualTo(answered + 2);

        var old = now("old", "euros", "risk");
        assertThat(old.get("values")).isEqualTo(json("[null,7.0]"));
        assertThat(old.get("statuses")).isEqualTo(json("['ERROR','PRESENT']"));
        assertThat(failures()).isEqualTo(failures + 1);

        var nested = answer("""
            {'features':['od_risk:ratio'],'entities':[{'user_id':'bob','amount':1,'basket':[]}],'include':['statuses']}\
            """);
        assertThat(nested.get("rows")).isEqualTo(json("[{'values':[null],'statuses':['ERROR']}]"));
    }

    @Test
    void C1_storedVectorsAreMultipliedAsTheyAre() {
        assertThat(now("ann", "square", "similarity").get("values")).isEqualTo(json("[2.5,1.0]"));
        assertThat(now("nobody", "square", "similarity").get("values")).isEqualTo(json("[null,null]"));
    }

    private double failures() {
        return meters.get("asof.expression.errors")
                .tag("view", "od_now@v1")
                .counter()
                .count();
    }

    private double values(String status) {
        return meters.get("asof.lookup.values")
                .tags("view", "od_now@v1", "status", status)
                .counter()
                .count();
    }

    @Test
    void V3_aValueIsAsNewAsTheNewestThatItReads() {
        String profile = Timestamps.format(now.minus(Duration.ofHours(1)));
        assertThat(now("ann", "any", "moment").get("event_timestamps"))
                .isEqualTo(json("['%s',null]".formatted(profile)));

        var old = now("old", "lifetime_days", "any");
        assertThat(old.get("values")).isEqualTo(json("[null,18.0]"));
        assertThat(old.get("statuses")).isEqualTo(json("['NULL_VALUE','PRESENT']"));
        assertThat(old.get("event_timestamps").get(1).asString())
                .isEqualTo(Timestamps.format(now.minus(Duration.ofDays(2))));

        var nobody = now("nobody", "lifetime_days", "any");
        assertThat(nobody.get("values")).isEqualTo(json("[null,0.0]"));
        assertThat(nobody.get("statuses")).isEqualTo(json("['NULL_VALUE','PRESENT']"));
        assertThat(nobody.get("event_timestamps")).isEqualTo(json("[null,null]"));
    }

    @Test
    void O3_postgresAnswersTheSame() {
        String body = """
            {"feature_service":"od_payments","common":{"basket":[3]},"include":["statuses","event_timestamps"],
             "entities":[{"user_id":"ann","payee_id":"old","amount":60},{"user_id":"bob","payee_id":"nobody","amount":1}]}\
            """;
        String every = """
            {"features":["od_now:*"],"include":["statuses","event_timestamps"],
             "entities":[{"user_id":"ann"},{"user_id":"bob"},{"user_id":"old"},{"user_id":"nobody"},{"user_id":null}]}\
            """;
        for (String asked : List.of(body, every)) {
            var online = JSON.readTree(lookedUp(stores, asked));
            var offline = JSON.readTree(
                    lookedUp((addresses, asOf) -> new OnlineRows.Read(postgres.read(addresses, asOf), true), asked));
            assertThat(offline.get("degraded").asBoolean()).isTrue();
            assertThat(online.get("degraded").asBoolean()).isFalse();
            assertThat(offline.get("rows")).isEqualTo(online.get("rows"));
            assertThat(offline.get("common")).isEqualTo(online.get("common"));
        }
    }

    private byte[] lookedUp(OnlineRows rows, String body) {
        var clock = Clock.fixed(now.plusSeconds(1), ZoneOffset.UTC);
        var lookups = new PackedLookups(registry, rows, onDemand, metrics, clock, properties);
        var asked = LookupRequestReader.read(body.getBytes(StandardCharsets.UTF_8), false);
        return AnswerJson.write(lookups.look(asked.request()), asked.form()).toBytes();
    }

    private void refused(String body, int status, String code, String... violations) {
        var problem = ask(body).expect(status).json();
        assertThat(problem.get("code").asString()).isEqualTo(code);
        var found = new ArrayList<String>();
        problem.get("violations")
                .forEach(violation -> found.add(violation.path("path").asString() + " "
                        + violation.get("code").asString()));
        assertThat(found).describedAs("%s", problem).containsExactly(violations);
    }

    @Test
    void whatIsWrongWithRequestValuesIsToldOfEveryRow() {
        refused(
                "{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':1},{'user_id':'bob'}]}",
                400,
                "missing_request_value",
                "entities[0].basket missing_request_value",
                "entities[1].amount missing_request_value",
                "entities[1].basket missing_request_value");
        refused(
                "{'features':['od_risk:twice'],'entities':[{'amount':1,'basket':[]}]}",
                400,
                "missing_key",
                "entities[0].user_id missing_key");
        refused(
                "{'features':['od_risk:ratio'],'common':{'amount':1},'entities':[{'user_id':'ann','amount':1,'basket':[]}]}",
                400,
                "malformed_request",
                "entities[0].amount also_in_common");
        refused(
                "{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':'much','basket':[1.5]}]}",
                422,
                "invalid",
                "entities[0].amount type",
                "entities[0].basket type");
        refused(
                "{'features':['od_risk:ratio'],'common':{'amount':{},'basket':{}},'entities':[{'user_id':'ann'}]}",
                422,
                "invalid",
                "common.amount type",
                "common.basket type");
        refused(
                "{'features':['od_risk:ratio']}",
                400,
                "missing_key",
                "user_id missing_key",
                "amount missing_request_value",
                "basket missing_request_value");
    }

    @Test
    void whatIsNoRequestValueIsRefusedWithNearMisses() {
        var problem =
                ask("{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':1,'basket':[],'amuont':1}]}")
                        .expect(422)
                        .json();

        var violation = problem.get("violations").get(0);
        assertThat(violation.get("path").asString()).isEqualTo("entities[0].amuont");
        assertThat(violation.get("code").asString()).isEqualTo("unknown_column");
        assertThat(violation.get("message").asString()).contains("join key or request value 'amuont'");
        assertThat(violation.get("suggestions").toString()).contains("amount");
    }

    @Test
    void J1_numbersThatAreNotFiniteAreRefused() {
        for (String token : List.of("NaN", "Infinity", "-Infinity")) {
            refused(
                    "{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':'%s','basket':[]}]}"
                            .formatted(token),
                    400,
                    "malformed_request",
                    "entities[0].amount non_finite");
            assertThat(ask("{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':%s,'basket':[]}]}"
                                    .formatted(token))
                            .expect(400)
                            .json()
                            .get("code")
                            .asString())
                    .isEqualTo("malformed_request");
        }
        refused(
                "{'features':['od_risk:ratio'],'entities':[{'user_id':'ann','amount':1e999,'basket':[]}]}",
                422,
                "invalid",
                "entities[0].amount out_of_range");
    }
}
