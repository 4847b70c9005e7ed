package dev.asof.registry;

import static dev.asof.registry.RegistryTestSupport.ACTIVITY;
import static dev.asof.registry.RegistryTestSupport.ALL;
import static dev.asof.registry.RegistryTestSupport.CARDS;
import static dev.asof.registry.RegistryTestSupport.SERVICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.RegistryTestSupport.Fixture;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@RegistryTest
class VersionsTest {

    private static final String WIDER = ACTIVITY + "  - {name: card_number, column: cc_num}\n";
    private static final String NARROWER = ACTIVITY.replace("  - {name: last_time, column: ts}\n", "");

    @Autowired
    private Fixture fixture;

    @Autowired
    private RegistryService registry;

    @BeforeEach
    void empty() throws InterruptedException {
        fixture.empty();
        fixture.apply(ALL);
    }

    @Test
    void V3_theFirstVersionBecomesCurrentByItself() {
        assertThat(fixture.currentVersion("card_activity")).isZero();

        fixture.ready("card_activity", 1);

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
        assertThat(fixture.events().getLast())
                .isEqualTo(new RegistryEvents.CurrentViewChanged(
                        new FeatureViewName("card_activity"),
                        Optional.of(registry.current().view(Fixture.version("card_activity", 1)))));
        int events = fixture.events().size();
        fixture.ready("card_activity", 1);
        assertThat(fixture.events()).hasSize(events);
    }

    @Test
    void V3_aCompatibleVersionBecomesCurrentByItself() {
        fixture.ready("card_activity", 1);

        var change = fixture.apply(WIDER).changes().getFirst();

        assertThat(change.effect()).contains(Plan.Effect.COMPATIBLE);
        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
        fixture.ready("card_activity", 2);
        assertThat(fixture.currentVersion("card_activity")).isEqualTo(2);
    }

    @Test
    void V3_aBreakingVersionWaitsForItsPromotion() {
        fixture.ready("card_activity", 1);
        var change = fixture.apply(NARROWER).changes().getFirst();
        assertThat(change.effect()).contains(Plan.Effect.BREAKING);
        assertThat(change.reasons()).anyMatch(reason -> reason.contains("last_time"));

        assertRefused(ErrorCode.NOT_READY, "candidate", () -> registry.promote(Fixture.version("card_activity", 2)));
        fixture.ready("card_activity", 2);
        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
        registry.promote(Fixture.version("card_activity", 2));

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(2);
    }

    @Test
    void V3_anOlderVersionReadyLateDoesNotTakeOver() {
        fixture.apply(WIDER);
        fixture.ready("card_activity", 2);

        fixture.ready("card_activity", 1);

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(2);
    }

    @Test
    void V3_aVersionThatBreaksWhatWasPromotedMeanwhileDoesNotTakeOver() {
        fixture.ready("card_activity", 1);
        fixture.apply(ACTIVITY.replace("column: amount", "column: cc_num"));
        fixture.apply(WIDER);
        fixture.ready("card_activity", 2);
        registry.promote(Fixture.version("card_activity", 2));

        fixture.ready("card_activity", 3);

        assertThat(fixture.currentVersion("card_activity")).isEqualTo(2);
    }

    @Test
    void V1_theMeaningOfAnEarlierLiveVersionIsThatVersion() {
        fixture.ready("card_activity", 1);
        fixture.apply(WIDER);
        fixture.ready("card_activity", 2);

        var change = fixture.apply(ACTIVITY).changes().getFirst();

        assertThat(change.action()).isEqualTo(Plan.Action.UNCHANGED);
        assertThat(change.version()).isEqualTo(1);
        assertThat(change.note()).hasValueSatisfying(note -> assertThat(note).contains("promote version 1"));
        registry.promote(Fixture.version("card_activity", 1));
        assertThat(fixture.currentVersion("card_activity")).isEqualTo(1);
    }

    @Test
    void V3_aServiceKeepsItsVersionsWhileTheNextBackfills() {
        fixture.ready("card_activity", 1);
        var plan = fixture.apply(WIDER, SERVICE);
        assertThat(plan.changes()).extracting(Plan.Change::version).containsExactly(2, 2);
        assertThat(plan.changes()).extracting(Plan.Change::effect).containsOnly(Optional.of(Plan.Effect.COMPATIBLE));

        assertThat(registry.current().service("fraud_model").service()).contains(service(1));
        assertThat(columns("fraud_model@v1")).containsExactly("card_activity__last_amount", "card_activity__last_time");
        assertRefused(
                ErrorCode.NOT_READY,
                "card_activity@v2",
                () -> registry.current().service("fraud_model@v2"));
        assertThat(fixture.apply(WIDER, SERVICE).summary()).isEqualTo("2 unchanged");
        assertThat(fixture.apply(SERVICE).summary()).isEqualTo("1 unchanged");

        fixture.ready("card_activity", 2);
        assertThat(registry.current().service("fraud_model").service()).contains(service(2));
        assertThat(columns("fraud_model")).hasSize(3);
        assertThat(columns("fraud_model@v1")).hasSize(2);
    }

    @Test
    void unknownServicesAndVersionsAreNotFoundWithWhatThereIs() {
        assertRefused(
                ErrorCode.NOT_FOUND, "fraud_model", () -> registry.current().service("fraud_modle"));
        assertRefused(
                ErrorCode.NOT_FOUND, "fraud_model@v1", () -> registry.current().service("fraud_model@v7"));
        assertRefused(
                ErrorCode.NOT_READY,
                "card_activity@v1",
                () -> registry.current().service("fraud_model"));
        assertRefused(
                ErrorCode.NOT_FOUND, "fraud model", () -> registry.current().service("fraud model"));
    }

    @Test
    void rolesMapKeysAndNameColumns() {
        fixture.apply("""
            kind: feature_service
            name: payees
            features:
              - "card_activity@v1:last_amount"
              - {view: card_activity, as: payee, keys: {card_id: payee_card_id}, features: [last_amount]}
            training: {strict: true, known: as_recorded}
            """);
        fixture.ready("card_activity", 1);

        var selection = registry.current().service("payees@v1");

        assertThat(columns("payees")).containsExactly("card_activity__last_amount", "payee__last_amount");
        assertThat(selection.requestKeys()).containsOnlyKeys("card_id", "payee_card_id");
        assertThat(selection.training()).isEqualTo(new TrainingDefaults(true, new Known.AsRecorded()));
    }

    @Test
    void rolesThatCollideOrMapUnknownKeysAreRefused() {
        assertThatThrownBy(() -> fixture.apply("""
            kind: feature_service
            name: payees
            features:
              - "card_activity:last_amount"
              - "card_activity:last_amount"
              - {view: card_activity, as: payee, keys: {cardid: payee_card_id}, features: [last_amount]}
              - {view: card_activity, as: payee, keys: {card_id: other}, features: [last_time]}
            """))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations())
                                .extracting(violation -> violation.code())
                                .containsExactly("duplicate_column", "unknown_key", "ambiguous_role"));
    }

    @Test
    void oneRequestKeyHasOneType() {
        assertThatThrownBy(() -> fixture.apply(
                        """
                        kind: entity
                        name: numbered_card
                        keys: [{name: card_id, type: FLOAT64}]
                        """.replace("FLOAT64", "INT64"),
                        """
                        kind: source
                        name: numbers
                        type: push
                        columns: [{name: ts, type: TIMESTAMP}, {name: card_id, type: INT64}, {name: a, type: INT64}]
                        event_timestamp: ts
                        """,
                        """
                        kind: feature_view
                        name: numbered
                        entities: [numbered_card]
                        source: numbers
                        features: [{name: a, column: a}]
                        """,
                        "kind: feature_service\nname: both\nfeatures: [\"card_activity:*\", \"numbered:*\"]\n"))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations())
                                .extracting(violation -> violation.code())
                                .containsExactly("conflicting_key_type"));
    }

    @Test
    void featuresAreListedOneByOneWithEveryProblemAtOnce() {
        assertRefused(
                ErrorCode.NOT_READY,
                "card_activity@v1",
                () -> registry.current().features(List.of("card_activity:*")));
        fixture.ready("card_activity", 1);
        var selection = registry.current().features(List.of("card_activity:last_time", "card_activity@v1:last_amount"));
        assertThat(selection.views()).hasSize(1);
        assertThat(selection.columns())
                .extracting(FeatureSelection.Column::name)
                .containsExactly("card_activity__last_time", "card_activity__last_amount");

        assertThatThrownBy(() -> registry.current()
                        .features(List.of("card_activty:x", "card_activity@v3:x", "card_activity:last_amont")))
                .isInstanceOfSatisfying(AsofException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
                    assertThat(e.violations()).hasSize(3);
                    assertThat(e.violations().getLast().suggestions()).containsExactly("last_amount");
                });
        assertRefused(ErrorCode.INVALID, "nonsense", () -> registry.current().features(List.of("nonsense")));
    }

    @Test
    void V3_retireIsRefusedWhileCurrentOrPinned() {
        fixture.ready("card_activity", 1);
        fixture.apply(WIDER, SERVICE);
        assertRefused(ErrorCode.IN_USE, "current", () -> registry.retire(Fixture.version("card_activity", 1)));
        assertRefused(ErrorCode.IN_USE, "fraud_model@v2", () -> registry.retire(Fixture.version("card_activity", 2)));
        fixture.ready("card_activity", 2);
        assertRefused(ErrorCode.IN_USE, "fraud_model@v1", () -> registry.retire(Fixture.version("card_activity", 1)));

        registry.retire(service(1));
        registry.retire(Fixture.version("card_activity", 1));

        assertThat(fixture.events().getLast()).isInstanceOf(RegistryEvents.ViewVersionRetired.class);
        assertThat(registry.current().liveViews())
                .extracting(view -> view.version().version())
                .containsExactly(2);
        assertRefused(ErrorCode.NOT_FOUND, "retired", () -> registry.current().service("fraud_model@v1"));
        assertRefused(ErrorCode.CONFLICT, "retired", () -> registry.promote(Fixture.version("card_activity", 1)));
    }

    @Test
    void V4_deleteIsRefusedWithEveryDependent() {
        assertRefused(
                ErrorCode.IN_USE,
                "feature view card_activity@v1",
                () -> registry.delete(DefinitionKind.SOURCE, "transactions", false));
        assertRefused(
                ErrorCode.IN_USE,
                "feature view card_activity@v1",
                () -> registry.delete(DefinitionKind.ENTITY, "card", false));
        assertRefused(
                ErrorCode.IN_USE,
                "feature service fraud_model@v1",
                () -> registry.delete(DefinitionKind.FEATURE_VIEW, "card_activity", false));
        assertRefused(ErrorCode.NOT_FOUND, "card", () -> registry.delete(DefinitionKind.ENTITY, "cards", false));
    }

    @Test
    void V3_numbersAndIdsAreNeverUsedAgain() {
        fixture.ready("card_activity", 1);
        long id = registry.current().view(Fixture.version("card_activity", 1)).id();
        fixture.prune(CARDS);
        assertThat(fixture.events())
                .extracting(event -> event.getClass().getSimpleName())
                .endsWith("CurrentViewChanged", "ViewVersionRetired");
        assertThat(registry.current().liveViews()).isEmpty();

        var plan = fixture.apply(ACTIVITY);

        assertThat(plan.changes().getFirst().version()).isEqualTo(2);
        assertThat(plan.changes().getFirst().effect()).contains(Plan.Effect.COMPATIBLE);
        assertThat(registry.current().view(Fixture.version("card_activity", 2)).id())
                .isGreaterThan(id);
    }

    @Test
    void V4_pruneDeletesInOrderOfDependence() {
        var plan = fixture.prune("kind: entity\nname: other\nkeys: [{name: id, type: INT64}]\n");

        assertThat(plan.changes())
                .extracting(change -> change.action() + " " + change.name())
                .containsExactly(
                        "CREATED other",
                        "DELETED fraud_model",
                        "DELETED card_activity",
                        "DELETED transactions",
                        "DELETED card");
        assertThat(fixture.events().getLast()).isInstanceOf(RegistryEvents.SourceDeleted.class);
    }

    @Test
    void V4_pruneIsRefusedWhileTheBundleDependsOnWhatItDoesNotName() {
        assertRefused(ErrorCode.IN_USE, "feature service fraud_model", () -> fixture.prune(CARDS, SERVICE));
        assertRefused(ErrorCode.IN_USE, "feature view card_activity", () -> fixture.prune(ACTIVITY));
        assertThat(fixture.currentVersion("card_activity")).isZero();
        assertThat(registry.current().liveViews()).hasSize(1);
    }

    private List<String> columns(String service) {
        return registry.current().service(service).columns().stream()
                .map(FeatureSelection.Column::name)
                .toList();
    }

    private static ServiceVersion service(int version) {
        return new ServiceVersion(new FeatureServiceName("fraud_model"), version);
    }

    private static void assertRefused(
            ErrorCode code, String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(AsofException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
