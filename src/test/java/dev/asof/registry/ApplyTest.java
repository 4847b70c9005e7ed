package dev.asof.registry;

import static dev.asof.registry.RegistryTestSupport.ACTIVITY;
import static dev.asof.registry.RegistryTestSupport.ALL;
import static dev.asof.registry.RegistryTestSupport.CARDS;
import static dev.asof.registry.RegistryTestSupport.SERVICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.RegistryTestSupport.Fixture;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.web.DefinitionAnswers;
import dev.asof.registry.web.PlanText;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@RegistryTest
class ApplyTest {

    @Autowired
    private Fixture fixture;

    @Autowired
    private RegistryService registry;

    @BeforeEach
    void empty() throws InterruptedException {
        fixture.empty();
    }

    @Test
    void aBundleCreatesEverythingInItAndTellsSoInOrder() {
        var plan = fixture.apply(SERVICE, ACTIVITY, CARDS);

        assertThat(plan.summary()).isEqualTo("4 created");
        assertThat(fixture.events())
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("SourceCreated", "ViewVersionRegistered");
        var view = registry.current().view(Fixture.version("card_activity", 1));
        assertThat(view.state()).isEqualTo(VersionState.CANDIDATE);
        assertThat(view.id()).isPositive();
        assertThat(view.createdAt()).isEqualTo(RegistryTestSupport.NOW);
        assertThat(view.keys()).containsExactly(new RegisteredView.Key("card_id", ScalarType.STRING, "cc_num"));
        assertThat(((RegistryEvents.ViewVersionRegistered) fixture.events().get(1)).view())
                .isEqualTo(view);
        assertThat(registry.current().liveViews(new SourceName("transactions"))).containsExactly(view);
    }

    @Test
    void V1_theSameMeaningChangesNothing() {
        fixture.apply(ALL);
        long revision = fixture.revision();

        assertThat(fixture.apply(ALL).summary()).isEqualTo("4 unchanged");
        fixture.ready("card_activity", 1);
        assertThat(fixture.apply(ALL).summary()).isEqualTo("4 unchanged");
        assertThat(fixture.revision()).isEqualTo(revision + 1);
    }

    @Test
    void V1_wordsAndExpectationsChangeInPlace() {
        fixture.apply(ALL);
        var plan = fixture.apply(
                CARDS.replace("owner: fraud", "owner: risk")
                        .replace("event_timestamp: ts", "event_timestamp: ts\nmax_invalid_ratio: 0.5"),
                ACTIVITY + "description: What a card did\n");

        assertThat(plan.changes())
                .extracting(Plan.Change::action)
                .containsExactly(
                        Plan.Action.METADATA_UPDATED, Plan.Action.CONTRACT_UPDATED, Plan.Action.METADATA_UPDATED);
        assertThat(registry.current()
                        .view(Fixture.version("card_activity", 1))
                        .definition()
                        .metadata()
                        .description())
                .contains("What a card did");
        assertThat(registry.current()
                        .source(new SourceName("transactions"))
                        .definition()
                        .maxInvalidRatio())
                .isEqualTo(0.5);
        assertThat(registry.current().source(new SourceName("transactions")).version())
                .isEqualTo(1);
    }

    @Test
    void V2_columnsAreAddedAtTheEndWhereverTheyAreWritten() {
        fixture.apply(ALL);
        var before = registry.current().view(Fixture.version("card_activity", 1));
        var plan = fixture.apply(
                CARDS.replace("  - {name: cc_num", "  - {name: merchant, type: STRING}\n  - {name: cc_num"));

        assertThat(plan.changes().get(1).action()).isEqualTo(Plan.Action.NEW_VERSION);
        var source = registry.current().source(new SourceName("transactions"));
        assertThat(source.version()).isEqualTo(2);
        assertThat(source.columns())
                .extracting(SourceColumn::name)
                .containsExactly("ts", "cc_num", "amount", "merchant");
        assertThat(fixture.events().getLast())
                .isInstanceOfSatisfying(
                        RegistryEvents.SourceColumnsAdded.class,
                        event -> assertThat(event.added())
                                .extracting(SourceColumn::name)
                                .containsExactly("merchant"));
        assertThat(registry.current().view(Fixture.version("card_activity", 1))).isEqualTo(before);
        assertThat(fixture.apply(ACTIVITY).summary()).isEqualTo("1 unchanged");
    }

    @Test
    void V2_aColumnThatIsDroppedOrOfAnotherTypeIsRefused() {
        fixture.apply(CARDS);

        String changed =
                CARDS.replace("FLOAT64", "STRING").replace("  - {name: cc_num, type: STRING, required: true}\n", "");

        assertThatThrownBy(() -> fixture.apply(changed)).isInstanceOfSatisfying(AsofException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID);
            assertThat(e.violations()).hasSize(2).allSatisfy(violation -> {
                assertThat(violation.path()).startsWith("sources.transactions");
                assertThat(violation.message()).contains("add a new column, or define a new source");
            });
        });
    }

    @Test
    void V2_requiredIsContract() {
        fixture.apply(CARDS);

        var plan = fixture.apply(CARDS.replace(", required: true", ""));

        assertThat(plan.changes().get(1).action()).isEqualTo(Plan.Action.CONTRACT_UPDATED);
    }

    @Test
    void keysOfAnEntityThatALiveViewUsesCantChange() {
        fixture.apply(ALL);

        assertThatThrownBy(() -> fixture.apply(CARDS.replace("card_id, type: STRING", "card_id, type: INT64")))
                .isInstanceOfSatisfying(AsofException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.IN_USE);
                    assertThat(e).hasMessageContaining("card_activity@v1");
                });
        registry.delete(DefinitionKind.FEATURE_SERVICE, "fraud_model", false);
        registry.delete(DefinitionKind.FEATURE_VIEW, "card_activity", false);
        fixture.apply(CARDS.replace("card_id, type: STRING", "card_id, type: INT64"));
        assertThat(registry.catalog()
                        .get(DefinitionKind.ENTITY, "card")
                        .newest()
                        .version())
                .isEqualTo(2);
    }

    @Test
    void allProblemsComeAtOnceWithPathAndLine() {
        String bundle = RegistryTestSupport.join(
                CARDS,
                ACTIVITY.replace("column: amount", "column: amuont"),
                """
                kind: feature_view
                name: other
                entities: [crad]
                source: transactions
                features: [{name: a, column: amount}]
                """,
                "kind: feature_service\nname: fraud_model\nfeatures: [\"card_activity:*\", \"cards:x\"]\n");

        assertThatExceptionOfType(AsofException.class)
                .isThrownBy(() -> fixture.apply(bundle))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID);
                    assertThat(e.violations())
                            .hasSize(3)
                            .allSatisfy(
                                    violation -> assertThat(violation.line()).isPositive());
                    assertThat(e.violations().getFirst().suggestions()).contains("amount");
                    assertThat(e.violations().stream().map(Violation::path).collect(Collectors.joining(" ")))
                            .contains("feature_views.card_activity.features[0]")
                            .contains("feature_services.fraud_model.features[1]");
                });
        assertThat(registry.current().sources()).isEmpty();
    }

    @Test
    void whatRefersToABrokenDefinitionIsNotReportedToo() {
        String broken = CARDS.replace("card_id, type: STRING", "card_id, type: FLOAT64");

        assertThatExceptionOfType(AsofException.class)
                .isThrownBy(() -> fixture.apply(broken, ACTIVITY, SERVICE))
                .satisfies(e -> assertThat(e.violations()).hasSize(1));
    }

    @Test
    void aDryRunChangesAndPublishesNothing() {
        long revision = fixture.revision();

        var plan = fixture.dryRun(ALL);

        assertThat(PlanText.of(plan, true)).isEqualTo("""
            Dry run, nothing was changed: 4 created

            + entity card: created
            + source transactions: created
            + feature view card_activity@v1: created (candidate)
                  becomes current by itself when its backfill is done
            + feature service fraud_model@v1: created (candidate)
                  ready when card_activity@v1 is
            """);
        assertThat(fixture.events()).isEmpty();
        assertThat(fixture.revision()).isEqualTo(revision);
    }

    /** A small bundle may unregister, by pruning, what took years to register. */
    @Test
    void aPlanAnswersWithSoManyChangesAndCountsTheRest() {
        String entities = IntStream.range(0, 1_100)
                .mapToObj(i -> "{kind: entity, name: e%s, keys: [{name: k, type: STRING}]}\n".formatted(i))
                .collect(Collectors.joining("---\n"));

        var plan = fixture.dryRun(entities);

        assertThat(plan.changes()).hasSize(1_100);
        var answer = DefinitionAnswers.PlanAnswer.of(plan, true);
        assertThat(answer.summary()).isEqualTo("1100 created");
        assertThat(answer.changes()).hasSize(1_000);
        assertThat(answer.moreChanges()).isEqualTo(100);
        assertThat(PlanText.of(plan, true)).endsWith("\n  and 100 more\n").contains("+ entity e999: created");

        fixture.apply(entities);
        answer = DefinitionAnswers.PlanAnswer.of(fixture.dryRun(entities, CARDS), true);
        assertThat(answer.changes()).as("those that change something").hasSize(2);
        assertThat(answer.moreChanges()).isEqualTo(1_100);
    }

    @Test
    void reasonsOfAllChangesTogetherAreBounded() {
        var reasons = IntStream.range(0, 500).mapToObj(i -> "reason " + i).toList();
        var change = new Plan.Change(
                DefinitionKind.ENTITY,
                "e",
                Plan.Action.NEW_VERSION,
                2,
                Optional.empty(),
                reasons,
                Optional.empty(),
                Optional.empty(),
                new Plan.Step.Nothing());
        assertThat(change.reasons()).hasSize(101).endsWith("and 400 more");

        var shown = new Plan(Collections.nCopies(900, change), Set.of()).shown();

        assertThat(shown).hasSize(900);
        assertThat(shown.stream().mapToInt(each -> each.reasons().size()).sum()).isLessThan(11_000);
        assertThat(shown.getLast().reasons()).containsExactly("and more");
    }

    @Test
    void aListenerThatThrowsUndoesTheChange() {
        fixture.onEvents(() -> {
            throw new IllegalStateException("the listener fails");
        });

        assertThatThrownBy(() -> fixture.apply(ALL)).hasMessageContaining("the listener fails");

        assertThat(registry.catalog().all(DefinitionKind.ENTITY)).isEmpty();
        assertThat(registry.current().revision()).isEqualTo(fixture.revision());
    }
}
