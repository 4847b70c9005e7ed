package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.row.TestViews;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LookupsTest extends LookupTestBase {

    private static final Duration TTL = Duration.ofHours(24);
    private static final Instant EARLIER = NOW.minusSeconds(60);

    private final RegisteredView user =
            TestViews.view(1, "user", Map.of("user_id", ScalarType.INT64), features("age", "score"), Optional.empty());
    private final RegisteredView item =
            TestViews.view(2, "item", Map.of("item_id", ScalarType.STRING), features("ctr"), Optional.of(TTL));
    private final RegisteredView pair = TestViews.view(
            3,
            "pair",
            ordered("user_id", ScalarType.INT64, "item_id", ScalarType.STRING),
            features("views"),
            Optional.empty());
    private final RegisteredView global = TestViews.view(4, "world", Map.of(), features("rate"), Optional.empty());

    @BeforeAll
    void define() {
        registry.addService("recs", user, item, pair)
                .addService("items", item)
                .addService("world_only", global)
                .addService("mixed", user, item, global)
                .addService(
                        "roles",
                        List.of(
                                new FeatureSelection.View(user, "payer", List.of("payer_id")),
                                new FeatureSelection.View(user, "payee", List.of("payee_id"))));
    }

    @BeforeEach
    void fill() {
        empty();
        write(user, List.of(7L), EARLIER, 30L, 9_007_199_254_740_993L);
        write(item, List.of("a"), EARLIER, 1L);
        write(item, List.of("b"), EARLIER, 2L);
        write(pair, List.of(7L, "a"), EARLIER, 5L);
        write(global, List.of(), EARLIER, 77L);
    }

    @Test
    void oneEntityRowHoldsAllJoinKeys() {
        var answer = answer("{'feature_service':'recs','entities':[{'user_id':7,'item_id':'a'}]}");

        assertJson(answer, """
            {'feature_service':'recs@v1','as_of':'2026-11-21T07:48:00.123456Z','degraded':false,
             'columns':['user__age','user__score','item__ctr','pair__views'],
             'rows':[{'values':[30,9007199254740993,1,5]}]}\
            """);
    }

    @Test
    void O1_statusesAndEventTimestampsComeWhenAskedFor() {
        var answer = answer("""
            {'feature_service':'recs','entities':[{'user_id':7,'item_id':'b'}],
             'include':['statuses','event_timestamps']}\
            """);

        String at = "'" + micros(EARLIER) + "'";
        assertJson(answer.get("rows").get(0), """
            {'values':[30,9007199254740993,2,null],
             'statuses':['PRESENT','PRESENT','PRESENT','NOT_FOUND'],
             'event_timestamps':[AT,AT,AT,null]}\
            """.replace("AT", at));
    }

    @Test
    void O1_aValueIsOutsideItsMaxAgeOneMicrosecondPastTheTtl() {
        write(item, List.of("edge"), NOW.minus(TTL), 1L);
        write(item, List.of("old"), NOW.minus(TTL).minusNanos(1_000), 2L);
        write(item, List.of("young"), NOW.minus(TTL).plusNanos(1_000), 3L);

        var rows = answer("""
            {'feature_service':'items','entities':[{'item_id':'edge'},{'item_id':'old'},{'item_id':'young'}],
             'include':['statuses','event_timestamps']}\
            """).get("rows");

        assertJson(rows.get(0).get("statuses"), "['PRESENT']");
        assertJson(
                rows.get(1),
                "{'values':[null],'statuses':['OUTSIDE_MAX_AGE'],'event_timestamps':['%s']}"
                        .formatted(micros(NOW.minus(TTL).minusNanos(1_000))));
        assertJson(rows.get(2).get("values"), "[3]");
    }

    @Test
    void A2_theNewestRowsNullsStayNull() {
        write(user, List.of(7L), NOW, 31L, null);

        assertStatuses("{'user_id':7,'item_id':'a'}", "[31,null,1,5]", "['PRESENT','NULL_VALUE','PRESENT','PRESENT']");
    }

    @Test
    void C2_aFailedFeatureIsNullWithStatusError() {
        write(user, new FeatureRow(new Object[] {7L}, NOW, 99, false, new Object[] {null, null}, new int[] {1}));

        assertStatuses("{'user_id':7,'item_id':'a'}", "[null,null,1,5]", "['NULL_VALUE','ERROR','PRESENT','PRESENT']");
    }

    @Test
    void I5_aDeletedKeyIsNotFound() {
        delete(item, List.of("a"), NOW);

        assertStatuses(
                "{'user_id':7,'item_id':'a'}",
                "[30,9007199254740993,null,5]",
                "['PRESENT','PRESENT','NOT_FOUND','PRESENT']");
    }

    @Test
    void O1_anExplicitNullKeyIsNotFoundInEveryViewThatUsesIt() {
        assertStatuses(
                "{'user_id':7,'item_id':null}",
                "[30,9007199254740993,null,null]",
                "['PRESENT','PRESENT','NOT_FOUND','NOT_FOUND']");
    }

    @Test
    void columnsThatDependOnCommonAloneAreAnsweredOnce() {
        var answer = answer("""
            {'feature_service':'recs','common':{'user_id':7},'entities':[{'item_id':'a'},{'item_id':'b'}],
             'include':['statuses']}\
            """);

        assertJson(answer.get("common"), """
            {'columns':['user__age','user__score'],'values':[30,9007199254740993],
             'statuses':['PRESENT','PRESENT']}\
            """);
        assertJson(answer.get("columns"), "['item__ctr','pair__views']");
        assertJson(answer.get("rows"), """
            [{'values':[1,5],'statuses':['PRESENT','PRESENT']},
             {'values':[2,null],'statuses':['PRESENT','NOT_FOUND']}]\
            """);
    }

    @Test
    void commonMayAnswerEverything() {
        var answer = answer("{'feature_service':'recs','common':{'user_id':7,'item_id':'a'}}");

        assertJson(answer.get("common").get("values"), "[30,9007199254740993,1,5]");
        assertJson(answer.get("columns"), "[]");
        assertJson(answer.get("rows"), "[]");
    }

    @Test
    void aGlobalViewNeedsNoKeys() {
        assertJson(answer("{'feature_service':'world_only'}").get("rows"), "[{'values':[77]}]");
        assertThat(answer("{'feature_service':'world_only'}").has("common")).isFalse();
        assertJson(
                answer("{'feature_service':'mixed','entities':[{'user_id':7,'item_id':'a'}]}")
                        .get("rows"),
                "[{'values':[30,9007199254740993,1,77]}]");
        assertJson(
                answer("{'feature_service':'mixed','common':{'user_id':7},'entities':[{'item_id':'a'}]}")
                        .get("common"),
                "{'columns':['user__age','user__score','world__rate'],'values':[30,9007199254740993,77]}");
    }

    @Test
    void aRoleReadsTheSameViewByOtherKeys() {
        write(user, List.of(8L), EARLIER, 40L, 1L);

        var answer = answer("{'feature_service':'roles','entities':[{'payer_id':7,'payee_id':8}]}");

        assertJson(answer.get("columns"), "['payer__age','payer__score','payee__age','payee__score']");
        assertJson(answer.get("rows"), "[{'values':[30,9007199254740993,40,1]}]");
    }

    @Test
    void everyRowIsReadOnceAndAllInOneCommand() {
        redis.configResetstat();

        answer("""
            {'feature_service':'recs','entities':[{'user_id':7,'item_id':'a'},{'user_id':7,'item_id':'b'},
             {'user_id':7,'item_id':'a'}]}\
            """);

        assertThat(redis.info("commandstats")
                        .lines()
                        .filter(line -> line.startsWith("cmdstat_mget"))
                        .toList())
                .singleElement()
                .asString()
                .startsWith("cmdstat_mget:calls=1,");
        // users 7, items a and b, pairs (7, a) and (7, b), and the mark
        assertThat(redis.info("stats")
                        .lines()
                        .filter(line -> line.startsWith("keyspace_"))
                        .mapToInt(line -> Integer.parseInt(line.split(":")[1].strip()))
                        .sum())
                .isEqualTo(5 + 1);
    }

    @Test
    void manyRowsComeBackInOrder() {
        var entities = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            write(item, List.of("i" + i), EARLIER, (long) i);
            entities.append(i == 0 ? "" : ",").append("{'item_id':'i").append(i).append("'}");
        }
        var rows = answer("{'feature_service':'items','entities':[" + entities + "]}")
                .get("rows");

        for (int i = 0; i < 1_000; i++) {
            assertThat(rows.get(i).get("values").get(0).asLong()).isEqualTo(i);
        }
    }

    @Test
    void J1_int64IsTextWhenAskedFor() {
        var answer = answer("{'feature_service':'recs','entities':[{'user_id':'7','item_id':'a'}]}", true);

        assertJson(answer.get("rows").get(0).get("values"), "['30','9007199254740993','1','5']");
    }

    @Test
    void shortColumnNamesAreTheFeatures() {
        var answer = answer("{'feature_service':'recs','entities':[],'column_names':'short'}");

        assertJson(answer.get("columns"), "['age','score','ctr','views']");
        assertJson(answer.get("rows"), "[]");
    }

    @Test
    void featuresMayBeListedInPlaceOfAService() {
        var answer = answer("{'features':['item:ctr'],'entities':[{'item_id':'b'}]}");

        assertThat(answer.has("feature_service")).isFalse();
        assertJson(answer.get("rows"), "[{'values':[2]}]");
    }

    @Test
    void A6_stringsAreComparedByteForByte() {
        for (String key : List.of("é", "e\u0301", "🛫", "{", "}", "\\", "")) {
            write(item, List.of(key), EARLIER, (long) key.hashCode());
        }
        for (String key : List.of("é", "e\u0301", "🛫", "{", "}", "")) {
            var answer = answer("{'feature_service':'items','entities':[{'item_id':'" + key + "'}]}");
            assertThat(answer.get("rows").get(0).get("values").get(0).asLong()).isEqualTo(key.hashCode());
        }
    }

    private void assertStatuses(String entity, String values, String statuses) {
        var row = answer("{'feature_service':'recs','entities':[" + entity + "],'include':['statuses']}")
                .get("rows")
                .get(0);
        assertJson(row.get("values"), values);
        assertJson(row.get("statuses"), statuses);
    }

    private static Map<String, ValueType> features(String... names) {
        var features = new LinkedHashMap<String, ValueType>();
        for (String name : names) {
            features.put(name, ScalarType.INT64);
        }
        return features;
    }

    private static Map<String, ScalarType> ordered(
            String first, ScalarType firstType, String second, ScalarType secondType) {
        var keys = new LinkedHashMap<String, ScalarType>();
        keys.put(first, firstType);
        keys.put(second, secondType);
        return keys;
    }
}
