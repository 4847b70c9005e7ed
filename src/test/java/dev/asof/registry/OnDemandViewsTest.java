package dev.asof.registry;

import static dev.asof.registry.RegistryTestSupport.CARDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.FeatureSelection.Column;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureSelection.StoredColumn;
import dev.asof.registry.RegistryTestSupport.Fixture;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ViewVersion;
import dev.asof.shared.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;

@RegistryTest
class OnDemandViewsTest {

    private static final String SOURCE =
            CARDS.replace("  - {name: amount", "  - {name: category, type: STRING}\n  - {name: amount");

    private static final String ACTIVITY = """
        kind: feature_view
        name: card_activity
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        features:
          - {name: last_amount, column: amount}
          - {name: last_time, column: ts}
          - {name: tx_mean, aggregate: avg, column: amount, window: 30d}
          - {name: by_category, aggregate: sum, column: amount, window: 30d, by: category, max_keys: 10}
        """;

    private static final String RISK = """
        kind: on_demand_feature_view
        name: card_risk
        inputs: ["card_activity:tx_mean", "card_activity:last_time", "card_activity:by_category"]
        request:
          - {name: amount, type: FLOAT64, description: In euros}
          - {name: embedding, type: FLOAT32_LIST, length: 3}
        features:
          - {name: ratio, expression: "request.amount / card_activity.tx_mean"}
          - {name: days_known, expression: "days_between(card_activity.last_time, as_of)"}
          - {name: food, expression: "card_activity.by_category['food']", type: FLOAT32}
        """;

    private static final String LEVEL = """
        kind: on_demand_feature_view
        name: level
        inputs: ["card_risk:ratio"]
        features: [{name: high, expression: "card_risk.ratio > 2"}]
        """;

    @Autowired
    private Fixture fixture;

    @Autowired
    private RegistryService registry;

    @BeforeEach
    void empty() throws InterruptedException {
        fixture.empty();
        fixture.apply(SOURCE, ACTIVITY);
    }

    private static FeatureViewName name(String name) {
        return new FeatureViewName(name);
    }

    private RegisteredOnDemandView risk(int version) {
        return registry.catalog().onDemandView(new ViewVersion(name("card_risk"), version));
    }

    private int current(String view) {
        return registry.catalog()
                .currentOnDemandView(name(view))
                .map(found -> found.version().version())
                .orElse(0);
    }

    @Test
    void V3_itsTypesAreInferredAndItPinsExactVersions() {
        fixture.ready("card_activity", 1);

        var change = fixture.apply(RISK).changes().getFirst();

        assertThat(change.state()).contains(VersionState.READY);
        assertThat(current("card_risk")).isEqualTo(1);
        var view = risk(1);
        assertThat(view.features())
                .extracting(RegisteredOnDemandView.Feature::type)
                .containsExactly(ScalarType.FLOAT64, ScalarType.FLOAT64, ScalarType.FLOAT32);
        assertThat(view.inputs())
                .extracting(input -> input.version() + ":" + input.feature())
                .containsExactly(
                        "card_activity@v1:tx_mean",
                        "card_activity@v1:last_time",
                        "card_activity@v1:by_category_keys",
                        "card_activity@v1:by_category_values");
        assertThat(view.features())
                .extracting(RegisteredOnDemandView.Feature::reads)
                .containsExactly(List.of(0), List.of(1), List.of(2, 3));
        assertThat(view.request())
                .extracting(OnDemandViewDefinition.RequestValue::type)
                .containsExactly(ScalarType.FLOAT64, ListType.of(ScalarType.FLOAT32, 3));
    }

    @Test
    void C1_itsProgramsAreEvaluatedOverItsInputsTheRequestAndTheMoment() throws Exception {
        fixture.apply(RISK);
        var view = risk(1);
        var row = Arrays.<Object>asList(
                4.0,
                Instant.parse("2026-11-01T00:00:00Z"),
                List.of("drinks", "food"),
                List.of(1.0, 2.5),
                10.0,
                null,
                Instant.parse("2026-11-02T12:00:00Z"));

        assertThat(row).hasSize(view.rowLength());
        var values = new ArrayList<>();
        for (var feature : view.features()) {
            values.add(feature.program().evaluate(row.toArray()));
        }
        assertThat(values).containsExactly(2.5, 1.5, 2.5f);
    }

    @Test
    void V3_itIsACandidateUntilAllThatItReadsIsReady() {
        var change = fixture.apply(RISK, LEVEL).changes();

        assertThat(change)
                .extracting(Plan.Change::state)
                .allMatch(state -> state.equals(Optional.of(VersionState.CANDIDATE)));
        assertThat(change.getFirst().note()).contains("becomes current by itself when card_activity@v1 is ready");
        assertThat(current("card_risk")).isZero();
        assertThat(current("level")).isZero();

        fixture.ready("card_activity", 1);

        assertThat(current("card_risk")).isEqualTo(1);
        assertThat(current("level")).isEqualTo(1);
        assertThat(fixture.apply(RISK, LEVEL).summary()).isEqualTo("2 unchanged");
    }

    @Test
    void V3_appliedAgainAfterAnInputHasMovedItIsTheNextVersionAndUntilThenThePlanSaysThatItLags() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK);
        String wider = ACTIVITY + "  - {name: n, aggregate: count, window: 1h}\n";

        var moved = fixture.apply(wider).changes().getFirst();

        assertThat(moved.note().orElseThrow()).contains("card_risk@v1 still reads card_activity@v1: apply it again");
        fixture.ready("card_activity", 2);
        var again = fixture.apply(RISK).changes().getFirst();
        assertThat(again.version()).isEqualTo(2);
        assertThat(again.effect()).contains(Plan.Effect.COMPATIBLE);
        assertThat(again.reasons()).anyMatch(reason -> reason.contains("is read from card_activity@v2"));
        assertThat(current("card_risk")).isEqualTo(2);
        assertThat(fixture.apply(wider, RISK).summary()).isEqualTo("2 unchanged");
        assertThat(fixture.apply(wider).changes().getFirst().note()).isEmpty();
    }

    @Test
    void V3_anInputThatMeansSomethingElseBreaksAndWaitsForPromotion() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK);
        fixture.apply(ACTIVITY.replace("avg, column: amount, window: 30d", "avg, column: amount, window: 7d"));
        fixture.ready("card_activity", 2);
        registry.promote(Fixture.version("card_activity", 2));

        var change = fixture.apply(RISK).changes().getFirst();

        assertThat(change.effect()).contains(Plan.Effect.BREAKING);
        assertThat(change.reasons()).contains("feature ratio: what it is computed from means something else");
        assertThat(current("card_risk")).isEqualTo(1);
        registry.promoteOnDemand(Fixture.version("card_risk", 2));
        assertThat(current("card_risk")).isEqualTo(2);
    }

    @Test
    void V1_wordsAreNoMeaningAndExpressionsRequestTypesAndTypesAre() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK);

        assertThat(fixture.apply(RISK.replace("In euros", "In dollars") + "owner: fraud\n")
                        .summary())
                .isEqualTo("1 metadata updated");
        assertThat(breaks(RISK.replace("/ card", "* card"))).contains("feature ratio: expression");
        assertThat(breaks(RISK.replace("type: FLOAT64, description", "type: INT64, description")))
                .contains("request value amount: type FLOAT64 becomes INT64");
        assertThat(breaks(RISK.replace(", type: FLOAT32}", "}")))
                .contains("feature food: type FLOAT32 becomes FLOAT64");
        var wider = fixture.dryRun(RISK + "  - {name: night, expression: \"hour_of_day(as_of) < 6\"}\n");
        assertThat(wider.changes().getFirst().effect()).contains(Plan.Effect.COMPATIBLE);
    }

    private String breaks(String bundle) {
        var change = fixture.dryRun(bundle).changes().getFirst();
        assertThat(change.effect()).contains(Plan.Effect.BREAKING);
        return String.join("\n", change.reasons());
    }

    @Test
    void V3_aServicePinsItReadsItsInputsUnderTheRolesKeysAndIsReadAgainTheSame() throws InterruptedException {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK, LEVEL, """
            kind: feature_service
            name: fraud
            features:
              - "card_risk:ratio"
              - "card_activity:tx_mean"
              - {view: level, as: payee, keys: {card_id: payee_card}}
              - {view: card_risk@v1, as: payee_risk, keys: {card_id: payee_card}, features: [food, days_known]}
            """);
        fixture.awaitRevision();

        var service = registry.current().service("fraud");

        assertThat(service.columns())
                .extracting(Column::name)
                .containsExactly(
                        "card_risk__ratio",
                        "card_activity__tx_mean",
                        "payee__high",
                        "payee_risk__food",
                        "payee_risk__days_known");
        assertThat(service.requestKeys())
                .isEqualTo(Map.of("card_id", ScalarType.STRING, "payee_card", ScalarType.STRING));
        assertThat(service.requestValues()).containsOnlyKeys("amount", "embedding");
        assertThat(service.views())
                .extracting(FeatureSelection.View::keyColumns)
                .containsExactly(List.of("card_id"), List.of("payee_card"));
        assertThat(service.storedColumns())
                .extracting(StoredColumn::name)
                .containsExactly(
                        "card_activity__tx_mean",
                        "in__1",
                        "card_activity__by_category_keys",
                        "card_activity__by_category_values",
                        "card_activity__last_time");
        assertThat(service.sourcesOf(service.columns().get(3))).hasSize(1);
        for (int i = 0; i < service.onDemand().size(); i++) {
            int position = i;
            assertThat(service.onDemand().get(i).inputs())
                    .allMatch(input -> !(input instanceof Origin.Computed(int onDemand, int _)) || onDemand < position);
        }
        assertThat(fixture.apply("kind: feature_service\n"
            + "name: fraud\n"
            + "features: [\"card_risk:ratio\", \"card_activity:tx_mean\", {view: level, as: payee, keys: {card_id:"
            + " payee_card}}, {view: card_risk@v1, as: payee_risk, keys: {card_id: payee_card}, features: [food,"
            + " days_known]}]\n")
                        .summary())
                .isEqualTo("1 unchanged");
    }

    @Test
    void V3_V4_whatItReadsCantGoAndNeitherCanItWhileItIsPinned() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK, LEVEL, "kind: feature_service\nname: fraud\nfeatures: [\"card_risk:ratio\"]\n");
        fixture.apply(ACTIVITY + "  - {name: n, aggregate: count, window: 1h}\n");
        fixture.ready("card_activity", 2);

        assertInUse(() -> registry.retire(Fixture.version("card_activity", 1)), "on-demand feature view card_risk@v1");
        assertInUse(() -> registry.delete(DefinitionKind.FEATURE_VIEW, "card_activity", false), "card_risk@v1");
        assertInUse(
                () -> registry.delete(DefinitionKind.ON_DEMAND_FEATURE_VIEW, "card_risk", false),
                "on-demand feature view level@v1",
                "feature service fraud@v1");
        assertInUse(() -> registry.retireOnDemand(Fixture.version("card_risk", 1)), "is current");

        fixture.apply(RISK);
        assertInUse(() -> registry.retireOnDemand(Fixture.version("card_risk", 1)), "level@v1", "fraud@v1");
        registry.delete(DefinitionKind.FEATURE_SERVICE, "fraud", false);
        registry.delete(DefinitionKind.ON_DEMAND_FEATURE_VIEW, "level", false);
        registry.retireOnDemand(Fixture.version("card_risk", 1));
        registry.retire(Fixture.version("card_activity", 1));
        assertThat(fixture.prune(SOURCE).summary()).isEqualTo("2 unchanged, 2 deleted");
    }

    private static void assertInUse(ThrowingCallable call, String... dependents) {
        assertThatThrownBy(call).isInstanceOfSatisfying(AsofException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.IN_USE);
            assertThat(e.getMessage() + e.violations()).contains(dependents);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        name: amount, type: FLOAT64     | name: card_id, type: STRING       | name_of_key
        name: amount, type: FLOAT64     | name: tx_mean, type: FLOAT64      | name_of_feature
        name: amount, type: FLOAT64     | name: by_category, type: FLOAT64  | name_of_feature
        name: amount, type: FLOAT64     | name: as_of, type: TIMESTAMP      | reserved_name
        name: amount, type: FLOAT64     | name: embedding, type: FLOAT64    | duplicate_request_value
        name: amount, type: FLOAT64     | name: ratio, type: FLOAT64        | name_of_request_value
        name: amount, type: FLOAT64     | name: sum, type: FLOAT64          | unknown_request_value
        name: amount, type: FLOAT64     | name: amount, type: STRING        | type_mismatch
        "card_activity:tx_mean"         | "card_activity:tx_maen"           | unknown_feature
        "card_activity:tx_mean"         | "card_activty:tx_mean"            | unknown_feature_view
        "card_activity:tx_mean"         | "card_activity@v7:tx_mean"        | two_versions
        "card_activity:tx_mean"         | "card_activity:last_amount"       | unknown_input
        "card_activity:tx_mean"         | "card_activity:last_time"         | duplicate_column
        "card_activity:tx_mean"         | {view: card_activity}             | wrong_type
        "card_activity:tx_mean"         | card_activity                     | bad_reference
        "card_activity:tx_mean"         | "card_risk:food"                  | cycle
        card_activity.last_time, as_of  | card_activity.last_time, now      | unknown_input
        name: days_known, expression    | name: ratio, expression           | duplicate_feature
        name: days_known, expression    | name: card_id, expression         | name_of_key
        name: days_known, expression    | name: days_known, column          | unknown_field
        """)
    void everyBadInputIsToldWithItsPlace(String before, String after, String code) {
        assertThat(RISK).contains(before);

        assertThat(violations(RISK.replace(before, after)))
                .extracting(Violation::code)
                .contains(code);
        assertThat(violations(RISK.replace(before, after)))
                .allMatch(
                        violation -> String.valueOf(violation.path()).startsWith("on_demand_feature_views.card_risk."));
    }

    private List<Violation> violations(String... bundle) {
        try {
            fixture.dryRun(bundle);
        } catch (AsofException e) {
            return e.violations();
        }
        return List.of();
    }

    @Test
    void aCircleIsToldOnceWithAllOfIt() {
        String circle = IntStream.range(0, 4)
                .mapToObj(i -> """
                    kind: on_demand_feature_view
                    name: v%s
                    inputs: ["v%s:x"]
                    features: [{name: x, expression: "v%s.x + 1"}]
                    """.formatted(i, (i + 1) % 4, (i + 1) % 4))
                .collect(Collectors.joining("---\n"));

        assertThat(violations(circle)).singleElement().satisfies(violation -> {
            assertThat(violation.code()).isEqualTo("cycle");
            assertThat(violation.message()).contains("v0 → v1 → v2 → v3 → v0");
        });
    }

    @Test
    void aCircleThroughAVersionThatIsThereIsToldToo() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK, LEVEL);

        assertThat(violations(RISK.replace("[\"card_activity:tx_mean\"", "[\"level:high\", \"card_activity:tx_mean\"")))
                .extracting(Violation::code)
                .contains("cycle");
    }

    @Test
    void chainsMayStandInAnyOrderAndAreBounded() {
        var chain = new ArrayList<String>();
        for (int i = 40; i > 0; i--) {
            chain.add("""
                kind: on_demand_feature_view
                name: v%s
                inputs: [%s]
                features: [{name: x, expression: "%s + 1"}]
                """.formatted(
                            i, i == 1 ? "" : "\"v%s:x\"".formatted(i - 1), i == 1 ? "1" : "v%s.x".formatted(i - 1)));
        }
        var few = chain.subList(30, 40).toArray(String[]::new);

        assertThat(fixture.dryRun(few).summary()).isEqualTo("10 created");
        assertThat(violations(chain.toArray(String[]::new)))
                .extracting(Violation::code)
                .containsOnly("too_deep");
    }

    /** There are 12 to the 8th ways from the service down to what is stored. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatFeaturesAreMadeFromIsGoneThroughOnceHoweverManyWaysLeadThere() {
        fixture.ready("card_activity", 1);
        String bottom = """
            kind: on_demand_feature_view
            name: v0
            inputs: ["card_activity:last_amount"]
            features: [%s]
            """.formatted(features("card_activity.last_amount"));
        String sum = IntStream.range(0, 12).mapToObj(i -> "v%1$s.f" + i).collect(Collectors.joining(" + "));
        String inputs =
                IntStream.range(0, 12).mapToObj(i -> "\"v%1$s:f" + i + '"').collect(Collectors.joining(", "));
        var bundle = IntStream.range(1, 9)
                .mapToObj(i -> """
                    kind: on_demand_feature_view
                    name: v%s
                    inputs: [%s]
                    features: [%s]
                    """.formatted(i, inputs.formatted(i - 1), features(sum.formatted(i - 1))))
                .collect(Collectors.joining("---\n"));
        String service = "kind: feature_service\nname: top\nfeatures: [\"v8:*\"]\n";

        fixture.apply(bottom, bundle, service);
        fixture.apply(bottom.replace("features: [", "features: [{name: more, expression: '1'}, "));

        assertThat(fixture.dryRun(bundle, service).changes())
                .allMatch(change -> change.effect().equals(Optional.of(Plan.Effect.COMPATIBLE)));
    }

    private static String features(String read) {
        return IntStream.range(0, 12)
                .mapToObj(i -> "{name: f%s, expression: '%s + %s'}".formatted(i, read, i))
                .collect(Collectors.joining(", "));
    }

    @Test
    void V3_twoVersionsOfAViewAreRefusedAlsoThroughOthers() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK);
        fixture.apply(ACTIVITY + "  - {name: n, aggregate: count, window: 1h}\n");
        fixture.ready("card_activity", 2);

        assertThat(violations("""
            kind: on_demand_feature_view
            name: mixed
            inputs: ["card_risk:ratio", "card_activity:n"]
            features: [{name: x, expression: "card_risk.ratio * card_activity.n"}]
            """)).singleElement().satisfies(violation -> {
            assertThat(violation.code()).isEqualTo("two_versions");
            assertThat(violation.message()).contains("card_activity@v1", "card_activity@v2");
        });
    }

    @Test
    void V3_aBundleAsBeforeIsAppliedWhileSomeOfWhatAViewReadsWaitsToBePromoted() {
        fixture.ready("card_activity", 1);
        String both = """
            kind: on_demand_feature_view
            name: both
            inputs: ["level:high", "card_risk:ratio"]
            features: [{name: x, expression: "level.high ? card_risk.ratio : null"}]
            """;
        fixture.apply(RISK, LEVEL, both);
        String risk = RISK.replace("request.amount /", "2 * request.amount /");
        fixture.apply(risk);
        registry.promoteOnDemand(Fixture.version("card_risk", 2));

        var plan = fixture.apply(risk, LEVEL, both);

        assertThat(plan.summary()).isEqualTo("2 unchanged, 1 new version");
        assertThat(plan.changes()).last().satisfies(change -> {
            assertThat(change.name()).isEqualTo("both");
            assertThat(change.note().orElseThrow()).contains("card_risk@v1", "card_risk@v2", "promote");
        });
        assertThat(violations(both.replace("null", "0.0")))
                .extracting(Violation::code)
                .containsExactly("two_versions");
        registry.promoteOnDemand(Fixture.version("level", 2));
        assertThat(fixture.apply(risk, LEVEL, both).summary()).isEqualTo("2 unchanged, 1 new version");
    }

    @Test
    void V3_aRequestValueOfAnotherTypeThanThatOfAnInputIsRefused() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK, LEVEL);
        String above = """
            kind: on_demand_feature_view
            name: above
            inputs: ["level:high"]
            request: [{name: %s}]
            features: [{name: x, expression: "level.high ? 1 : 0"}]
            """;

        assertThat(fixture.dryRun(above.formatted("amount, type: FLOAT64")).summary())
                .isEqualTo("1 created");
        for (String other : List.of("amount, type: STRING", "embedding, type: FLOAT32_LIST, length: 2")) {
            assertThat(violations(above.formatted(other))).singleElement().satisfies(violation -> {
                assertThat(violation.code()).isEqualTo("conflicting_request_type");
                assertThat(violation.path()).isEqualTo("on_demand_feature_views.above.request[0].type");
            });
        }
    }

    @Test
    void whatIsNoListIsToldOnce() {
        assertThat(violations(RISK.substring(0, RISK.indexOf("features:")) + "features: {ratio: 1}"))
                .singleElement()
                .extracting(Violation::code)
                .isEqualTo("wrong_type");
    }

    @Test
    void aNameIsAFeatureViewsOrAnOnDemandOnes() {
        fixture.apply(RISK);

        assertThat(violations(RISK.replace("name: card_risk", "name: card_activity")))
                .extracting(Violation::code)
                .contains("name_taken");
        assertThat(violations(ACTIVITY.replace("name: card_activity", "name: card_risk")))
                .extracting(Violation::code)
                .containsExactly("name_taken");
    }

    @Test
    void aRequestValueNamedLikeAKeyOfTheSelectionIsToldByTheService() {
        fixture.ready("card_activity", 1);
        fixture.apply(RISK);

        assertThat(violations("""
            kind: feature_service
            name: fraud
            features: ["card_risk:ratio", {view: card_activity, as: other, keys: {card_id: amount}}]
            """)).singleElement().extracting(Violation::code).isEqualTo("name_of_key");
    }
}
