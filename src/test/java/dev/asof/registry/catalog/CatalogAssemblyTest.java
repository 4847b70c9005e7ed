package dev.asof.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegistryTestSupport;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.Planner;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server makes of rows, its own and those of newer servers. */
class CatalogAssemblyTest {

    private static final SourceName PAYMENTS = new SourceName("payments");
    private static final SourceName OTHERS = new SourceName("others");

    private static final String SOURCE = """
        {"kind": "source", "name": "%s", "type": "push", "event_timestamp": "ts", "columns": [
          {"name": "ts", "type": "TIMESTAMP"}, {"name": "card", "type": "STRING"},
          {"name": "amount", "type": "FLOAT64"}]}
        """;
    private static final String VIEW = """
        {"kind": "feature_view", "name": "spend", "source": "payments", "entities": ["card"],
         "features": [{"name": "last", "column": "amount"}, {"name": "large", "expression": "amount > 5.0"}]}
        """;
    private static final String RESOLVED = """
        {"keys": [{"name": "card", "type": "STRING", "source_column": "card"}],
         "features": [{"name": "last", "type": "FLOAT64", "length": null},
                      {"name": "large", "type": "BOOLEAN", "length": null}]}
        """;

    private final List<CatalogAssembly.Row> rows = new ArrayList<>(List.of(
            row(
                    "entity",
                    "card",
                    1,
                    "{\"kind\": \"entity\", \"name\": \"card\", \"keys\": [{\"name\": \"card\", \"type\":"
                            + " \"STRING\"}]}",
                    "{}"),
            row("source", "payments", 1, SOURCE.formatted("payments"), "{}"),
            row("source", "others", 1, SOURCE.formatted("others"), "{}"),
            row("feature_view", "spend", 1, VIEW, RESOLVED),
            service("old_model", 1, 1)));

    private static CatalogAssembly.Row row(String kind, String name, int version, String spec, String resolved) {
        return row(kind, name, version, "ready", 1, spec, resolved);
    }

    private static CatalogAssembly.Row row(
            String kind, String name, int version, String state, int format, String spec, String resolved) {
        return new CatalogAssembly.Row(
                kind.hashCode() * 31L + name.hashCode() * 7L + version,
                kind,
                name,
                version,
                state,
                "hash" + version,
                false,
                format,
                new Json(spec),
                new Json(resolved),
                Instant.EPOCH,
                true,
                1);
    }

    private static CatalogAssembly.Row service(String name, int version, int pinned) {
        return row(
                "feature_service",
                name,
                version,
                "{\"kind\": \"feature_service\", \"name\": \"%s\", \"features\": [\"spend@v%s:*\"]}"
                        .formatted(name, pinned),
                ("{\"views\": [{\"view\": \"spend\", \"version\": %s, \"alias\": \"spend\", \"key_columns\":"
                                + " [\"card\"]}], \"columns\": [{\"view_index\": 0, \"feature\": \"last\"}]}")
                        .formatted(pinned));
    }

    private Catalog assembled() {
        return new CatalogAssembly(Map.of()).assemble(1, rows, List.of());
    }

    @Test
    void everythingThatIsKnownIsThere() {
        var catalog = assembled();

        assertThat(catalog.isWhole()).isTrue();
        assertThat(catalog.canTake(PAYMENTS)).isTrue();
        assertThat(catalog.service("old_model").columns()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"column\": \"amount\"|\"oracle\": \"amount\"",
                "\"column\": \"amount\"|\"column\": \"amount\", \"aggregate\": \"sum\", \"window\": \"1h\"",
                "amount > 5.0|divine(amount) > 5.0",
                "\"column\": \"amount\"|\"column\": \"amounts\"",
                "\"entities\"|\"hop\": \"1m\", \"entities\"",
                "\"features\": [|\"features\": 5, \"others\": [",
                "\"name\": \"large\"|\"name\": 7",
                "\"name\": \"large\", \"expression\"|\"name\": \"large\", \"type\": \"DECIMAL\", \"expression\"",
            })
    void V1_aViewThatANewerServerRegisteredIsLeftToItAndNothingElseIs(String change) {
        String[] parts = change.split("\\|");
        assertThat(VIEW).contains(parts[0]);
        rows.add(row("feature_view", "spend", 2, "candidate", 1, VIEW.replace(parts[0], parts[1]), RESOLVED));

        assertLeftToNewer();
    }

    /** Written by a server that had no such bound. */
    @ParameterizedTest
    @MethodSource
    void anExpressionThatBreaksABoundNowIsLeftToOthersAndNothingElseIs(String expression) {
        rows.add(row("feature_view", "spend", 2, "ready", 1, VIEW.replace("amount > 5.0", expression), RESOLVED));

        assertLeftToNewer();
    }

    static Stream<String> anExpressionThatBreaksABoundNowIsLeftToOthersAndNothingElseIs() {
        return Stream.of(
                "matches(card, '(((a{0,100}){0,100}){0,100}){0,100}')",
                "matches(card, '" + "a".repeat(5_000) + "')",
                "(".repeat(20_000) + "amount" + ")".repeat(20_000) + " > 5.0",
                "!".repeat(50_000) + "(amount > 5.0)",
                "amount > 5.0" + " && amount > 5.0".repeat(20_000));
    }

    @Test
    void V1_soIsOneOfANewerFormatEvaluatorOrTypeOrInAnUnknownState() {
        String newer = RESOLVED.replace("{\"keys\"", "{\"evaluator\": 2, \"keys\"");
        for (var unknown : List.of(
                row("feature_view", "spend", 2, "ready", 2, VIEW, RESOLVED),
                row("feature_view", "spend", 2, "ready", 1, VIEW, newer),
                row("feature_view", "spend", 2, "ready", 1, VIEW, RESOLVED.replace("FLOAT64", "DECIMAL")),
                row("feature_view", "spend", 2, "ready", 1, VIEW, RESOLVED.replace("BOOLEAN", "TIMESTAMP")),
                row("feature_view", "spend", 2, "ready", 1, VIEW, "[]"),
                row("feature_view", "spend", 2, "paused", 1, VIEW, RESOLVED))) {
            rows.add(unknown);
            assertLeftToNewer();
            rows.removeLast();
        }
    }

    private void assertLeftToNewer() {
        rows.add(service("new_model", 1, 2));
        rows.add(service("old_model", 2, 2));
        var catalog = assembled();

        assertThat(catalog.isWhole()).isFalse();
        assertThat(catalog.canTake(PAYMENTS)).isFalse();
        assertThat(catalog.canTake(OTHERS)).isTrue();
        assertThat(catalog.liveViews(PAYMENTS))
                .extracting(view -> view.version().version())
                .containsExactly(1);
        assertThat(catalog.canCompute(RegistryTestSupport.Fixture.version("spend", 1)))
                .isFalse();
        assertThat(catalog.canCompute(RegistryTestSupport.Fixture.version("spend", 2)))
                .isFalse();
        assertThat(catalog.features(List.of("spend@v1:*")).columns()).hasSize(2);
        assertThat(catalog.service("old_model@v1").columns()).hasSize(1);
        assertNewerNeeded(() -> catalog.requireTakes(PAYMENTS));
        assertNewerNeeded(() -> catalog.features(List.of("spend@v2:*")));
        assertNewerNeeded(() -> catalog.service("new_model"));
        assertNewerNeeded(() -> catalog.service("new_model@v1"));
        assertNewerNeeded(() -> catalog.view(RegistryTestSupport.Fixture.version("spend", 2)));
        assertNewerNeeded(() -> catalog.get(DefinitionKind.FEATURE_VIEW, "spend", 2));
        rows.removeLast();
        rows.removeLast();
    }

    @Test
    void aServiceMeansItsOlderVersionUntilTheViewsOfTheNewerOneAreReady() {
        rows.add(row("feature_view", "spend", 2, "candidate", 2, VIEW, RESOLVED));
        rows.add(service("old_model", 2, 2));
        assertThat(assembled().service("old_model").service().orElseThrow().version())
                .isOne();

        rows.removeIf(row -> row.format() == 2);
        rows.add(row("feature_view", "spend", 2, "ready", 2, VIEW, RESOLVED));
        assertNewerNeeded(() -> assembled().service("old_model"));
        assertThat(assembled().service("old_model@v1").columns()).hasSize(1);
    }

    @Test
    void aCurrentVersionOfANewerServerIsWhatTheBareNameMeans() {
        rows.replaceAll(row -> row.name().equals("spend") ? current(row, 2) : row);
        rows.add(current(row("feature_view", "spend", 2, "ready", 2, VIEW, RESOLVED), 2));
        var catalog = assembled();

        assertNewerNeeded(() -> catalog.features(List.of("spend:*")));
        assertNewerNeeded(() -> catalog.currentView(new FeatureViewName("spend")));
        assertThat(catalog.features(List.of("spend@v1:*")).columns()).hasSize(2);
        assertNewerNeeded(() -> plan(catalog, "{kind: feature_service, name: s, features: [\"spend:*\"]}", false));

        rows.removeIf(row -> row.name().equals("spend") && row.version() == 1);
        assertNewerNeeded(() -> assembled().features(List.of("spend:*")));
        assertNewerNeeded(() -> assembled().get(DefinitionKind.FEATURE_VIEW, "spend"));
        assertNewerNeeded(() -> assembled().service("old_model"));
    }

    private static CatalogAssembly.Row current(CatalogAssembly.Row row, int version) {
        return new CatalogAssembly.Row(
                row.id(),
                row.kind(),
                row.name(),
                row.version(),
                row.state(),
                row.hash(),
                row.breaking(),
                row.format(),
                row.spec(),
                row.resolved(),
                row.createdAt(),
                row.existing(),
                version);
    }

    @Test
    void aVersionWhoseSourceCannotBeToldMayBeOfAny() {
        rows.add(row("feature_view", "spend", 2, "ready", 9, "{\"from\": [\"payments\"]}", "{}"));
        assertThat(assembled().canTake(PAYMENTS)).isFalse();
        assertThat(assembled().canTake(OTHERS)).isFalse();
        rows.removeLast();

        rows.add(row("feature_view", "spend", 2, "retired", 9, "{\"from\": [\"payments\"]}", "{}"));
        assertThat(assembled().isWhole())
                .as("what is retired is computed no more")
                .isTrue();
    }

    @Test
    void aKindThatIsMadeUpConcernsTheSourceItNames() {
        rows.add(row("oracle", "delphi", 1, "{\"kind\": \"oracle\", \"name\": \"delphi\", \"smoke\": true}", "{}"));
        assertThat(assembled().canTake(PAYMENTS)).isTrue();
        assertThat(assembled().isWhole()).isFalse();

        rows.add(row("oracle", "dodona", 1, "{\"source\": \"payments\"}", "{}"));
        assertThat(assembled().canTake(PAYMENTS)).isFalse();
        assertThat(assembled().canTake(OTHERS)).isTrue();
        assertThat(assembled().unreadable().live())
                .extracting(Object::toString)
                .containsExactly("oracle delphi@v1", "oracle dodona@v1");
    }

    @Test
    void aSourceOfANewerServerTakesNoRowsHereAndItsViewsAreRead() {
        String stream = SOURCE.formatted("payments").replace("push", "stream");
        rows.set(1, row("source", "payments", 1, stream, "{}"));
        var catalog = assembled();

        assertThat(catalog.canTake(PAYMENTS)).isFalse();
        assertThat(catalog.canTake(OTHERS)).isTrue();
        assertNewerNeeded(() -> catalog.source(PAYMENTS));
        assertThat(catalog.service("old_model").columns()).hasSize(1);
        assertThat(catalog.sources())
                .extracting(source -> source.definition().name())
                .containsExactly(OTHERS);
    }

    @Test
    void nothingIsChangedOrDeletedByWhoDoesNotKnowEverything() {
        rows.add(row("feature_view", "spend", 2, "ready", 2, VIEW, RESOLVED));
        var catalog = assembled();
        UnaryOperator<String> view =
                name -> """
                    {kind: feature_view, name: %s, entities: [card], source: %s, features: [{name: x, column: amount}]}
                    """.formatted(name, name.equals("spend") || name.equals("mine") ? "payments" : "others");

        assertThat(plan(catalog, view.apply("yours"), false).summary()).isEqualTo("1 created");
        assertNewerNeeded(() -> plan(catalog, view.apply("spend"), false));
        assertNewerNeeded(() -> plan(catalog, view.apply("mine"), false));
        assertNewerNeeded(() -> plan(catalog, "{kind: feature_service, name: s, features: [\"spend@v2:*\"]}", false));
        assertThat(plan(catalog, "{kind: feature_service, name: s, features: [\"spend:*\"]}", false)
                        .summary())
                .isEqualTo("1 created");
        assertNewerNeeded(() -> plan(catalog, view.apply("yours"), true));
        assertNewerNeeded(() -> Planner.planDeletion(catalog, DefinitionKind.ENTITY, "card"));
        assertNewerNeeded(() -> plan(catalog, "{kind: entity, name: card, keys: [{name: id, type: INT64}]}", false));
    }

    private static Plan plan(Catalog catalog, String bundle, boolean prune) {
        return Planner.plan(catalog, BundleReader.read(bundle), prune, Instant.EPOCH);
    }

    private static void assertNewerNeeded(Runnable doing) {
        assertThatThrownBy(doing::run).isInstanceOfSatisfying(AsofException.class, e -> {
            assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.NEWER_SERVER_NEEDED);
            assertThat(e.getMessage()).contains("can't compute", "upgrade");
        });
    }

    @Property(tries = 500)
    void V1_whatIsStoredIsReadBackEqual(@ForAll("definitions") Definition definition) {
        var stored = StoredFormat.write(definition);

        assertThat(StoredFormatReader.read(StoredFormat.NEWEST, definition.kind(), definition.id(), stored))
                .as(stored.text())
                .isEqualTo(definition);
        if (definition instanceof FeatureViewDefinition view
                && view.features().stream().anyMatch(FeatureDefinition.AggregateFeature.class::isInstance)) {
            assertThat(stored.text()).as("servers without aggregates refuse it").contains("\"aggregate\":{");
            return;
        }
        var byUsers = BundleReader.readOne(definition.kind(), definition.id(), stored.text());
        assertThat(byUsers.violations().shown())
                .as("servers of format 1 read it so: " + stored.text())
                .isEmpty();
        assertThat(byUsers.definitions().getFirst().definition()).isEqualTo(definition);
    }

    @Provide
    Arbitrary<Definition> definitions() {
        return DefinitionArbitraries.definitions();
    }
}
