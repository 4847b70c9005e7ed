package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Definition;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.CatalogAssembly;
import dev.asof.registry.catalog.Json;
import dev.asof.registry.catalog.StoredFormat;
import dev.asof.registry.catalog.StoredMeaning;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Effect;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Plans of random bundles, one after another, against what was written; carried out on rows in memory. */
class PlannerPropertyTest {

    /**
     * A column of the source, as written.
     *
     * @param zone empty, or the name of one
     */
    private record Column(String type, String zone, boolean endOfDay, boolean nonFinite) {

        String yaml(String name) {
            return "{name: %s, type: %s%s%s%s}"
                    .formatted(
                            name,
                            type,
                            zone.isEmpty() ? "" : ", time_zone: " + zone,
                            endOfDay ? ", at: end_of_day" : "",
                            nonFinite ? ", non_finite: true" : "");
        }

        /** Rule V2, said anew: what was accepted must mean the same, and be accepted. */
        boolean isFollowedBy(Column next) {
            boolean sameTimes = zone.isEmpty() || zone.equals(next.zone) && endOfDay == next.endOfDay;
            return type.equals(next.type) && sameTimes && (!nonFinite || next.nonFinite);
        }
    }

    /** A view as written; its features are computations by name, in order. */
    private record View(String ttl, int revision, Map<String, String> features, String description) {

        String yaml(String name) {
            var list = new StringJoiner(", ", "[", "]");
            features.forEach((feature, computation) -> list.add("{name: %s, %s}".formatted(feature, computation)));
            return "kind: feature_view\nname: %s\nentities: [card]\nsource: rows\n%srevision: %s\n%sfeatures: %s\n"
                    .formatted(
                            name,
                            ttl.isEmpty() ? "" : "ttl: " + ttl + "\n",
                            revision,
                            description.isEmpty() ? "" : "description: " + description + "\n",
                            list);
        }

        boolean hasAggregates() {
            return features.values().stream().anyMatch(AGGREGATES::containsValue);
        }

        /** Without what people say; what tells rows apart matters to aggregates alone (rule W4). */
        List<Object> meaning(boolean rowId) {
            return List.of(ttl, revision, List.copyOf(features.entrySet()), hasAggregates() && rowId);
        }

        boolean isExtendedBy(View next, boolean rowId, boolean nextRowId) {
            return ttl.equals(next.ttl)
                    && revision == next.revision
                    && next.features.entrySet().containsAll(features.entrySet())
                    && (!hasAggregates() || rowId == nextRowId);
        }
    }

    /** What aggregates are, in the words of plans, and how they are written. */
    private static final Map<String, String> AGGREGATES = Map.of(
            "sum of a over 1h, hop 1m", "aggregate: sum, column: a, window: 60m",
            "sum of a over 1d, hop 1h", "aggregate: sum, column: a, window: 24h, hop: 1h",
            "count of rows over all time, where a > 1", "aggregate: count, window: unbounded, where: \"a > 1\"",
            "last_n (n 3) of \"a + 1\" over 7d, hop 1h, moved back by 1d",
                    "aggregate: last_n, n: 3, expression: \"a + 1\", window: 7d, offset: 24h",
            "approx_quantile 0.5 of b in each of the last 3 steps of 1d, hop 1d",
                    "aggregate: approx_quantile, quantile: 0.5, column: b, series: {step: 1d, count: 3}",
            "avg of b by k (max_keys 7) over 30d, hop 1d",
                    "aggregate: avg, column: b, by: k, max_keys: 7, window: 30d");

    /** @param rowId whether the source says what tells its rows apart */
    private record Bundle(Map<String, Column> columns, Map<String, View> views, boolean rowId) {

        List<String> documents() {
            var documents = new ArrayList<String>();
            documents.add("kind: entity\nname: card\nkeys: [{name: k, type: STRING}]\n");
            documents.add("kind: source\nname: rows\nevent_timestamp: ts\n%scolumns: [%s]\n"
                    .formatted(
                            rowId ? "row_id: [k, ts]\n" : "",
                            columns.entrySet().stream()
                                    .map(column -> column.getValue().yaml(column.getKey()))
                                    .collect(Collectors.joining(", "))));
            views.forEach((name, view) -> documents.add(view.yaml(name)));
            documents.add("kind: feature_service\nname: all\nfeatures: [%s]\n"
                    .formatted(views.keySet().stream()
                            .map(name -> '"' + name + ":*\"")
                            .collect(Collectors.joining(", "))));
            return documents;
        }
    }

    private static Column column(Random random, String type) {
        boolean time = type.equals("TIMESTAMP");
        return new Column(
                type,
                time && random.nextBoolean() ? List.of("UTC", "Europe/Paris").get(random.nextInt(2)) : "",
                time && random.nextInt(3) == 0,
                type.equals("FLOAT64") && random.nextBoolean());
    }

    private static Bundle first(Random random) {
        var columns = new TreeMap<String, Column>();
        columns.put("k", column(random, "STRING"));
        columns.put("ts", column(random, "TIMESTAMP"));
        columns.put("a", column(random, "INT64"));
        columns.put("b", column(random, "FLOAT64"));
        var views = new TreeMap<String, View>();
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            views.put("v" + i, view(random));
        }
        return new Bundle(columns, views, false);
    }

    private static View view(Random random) {
        var pool =
                new ArrayList<>(List.of("column: a", "column: b", "expression: \"a + 1\"", "expression: \"b * 2.0\""));
        pool.addAll(new TreeSet<>(AGGREGATES.values()));
        Collections.shuffle(pool, random);
        var features = new LinkedHashMap<String, String>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            features.put("f" + random.nextInt(4), pool.get(i));
        }
        return new View(
                random.nextInt(3) == 0 ? "7d" : "",
                1 + random.nextInt(5) / 4,
                features,
                random.nextBoolean() ? "said" : "");
    }

    /** The bundle with a few things written otherwise. */
    private static Bundle changed(Bundle bundle, Random random) {
        var columns = new TreeMap<>(bundle.columns());
        var views = new TreeMap<>(bundle.views());
        switch (random.nextInt(4)) {
            case 0 -> columns.put("n" + random.nextInt(3), column(random, "FLOAT64"));
            case 1 -> columns.computeIfPresent("b", (_, _) -> column(random, "FLOAT64"));
            case 2 -> columns.computeIfPresent("ts", (_, _) -> column(random, "TIMESTAMP"));
            default -> {
                // only views
            }
        }
        views.replaceAll((_, view) -> random.nextInt(3) == 0 ? view(random) : view);
        return new Bundle(columns, views, bundle.rowId() || random.nextInt(5) == 0);
    }

    private final List<CatalogAssembly.Row> rows = new ArrayList<>();
    private Map<Long, CatalogAssembly.Parsed> parsed = Map.of();
    private long ids;

    private Catalog catalog() {
        var assembly = new CatalogAssembly(parsed);
        var catalog = assembly.assemble(1, rows, List.of());
        parsed = assembly.parsed();
        assertThat(catalog.isWhole()).isTrue();
        return catalog;
    }

    private Plan plan(List<String> documents) {
        return Planner.plan(catalog(), BundleReader.read(String.join("---\n", documents)), false, Instant.EPOCH);
    }

    /** As the executor does; backfills are done at once, and what may becomes current. */
    private void apply(Plan plan) {
        for (var change : plan.changes()) {
            switch (change.step()) {
                case Step.Nothing _ -> {}
                case Step.Rewrite rewrite ->
                    rows.replaceAll(row -> row.id() != rewrite.versionId()
                            ? row
                            : row(
                                    row.id(),
                                    change,
                                    row.state(),
                                    row.hash(),
                                    rewrite.definition(),
                                    row.resolved(),
                                    row.currentVersion()));
                case Step.AddEntity entity -> add(change, entity.hash(), entity.definition(), StoredMeaning.NOTHING);
                case Step.AddSource source -> add(change, source.hash(), source.definition(), StoredMeaning.NOTHING);
                case Step.AddView view ->
                    add(change, view.hash(), view.definition(), StoredMeaning.of(view.resolved()));
                case Step.AddOnDemandView view ->
                    add(change, view.hash(), view.definition(), StoredMeaning.of(view.inputs(), view.features()));
                case Step.AddService service ->
                    add(change, service.hash(), service.definition(), StoredMeaning.of(service.selection()));
                case Step.Delete _ -> throw new AssertionError("nothing is deleted");
            }
        }
    }

    private void add(Plan.Change change, String hash, Definition definition, Json resolved) {
        boolean takesOver = change.effect().filter(Effect.BREAKING::equals).isEmpty()
                || rows.stream().noneMatch(row -> row.name().equals(change.name()) && row.currentVersion() != null);
        rows.add(row(++ids, change, "ready", hash, definition, resolved, null));
        Integer current = takesOver
                ? Integer.valueOf(change.version())
                : rows.stream()
                        .filter(row -> row.name().equals(change.name()))
                        .findFirst()
                        .orElseThrow()
                        .currentVersion();
        rows.replaceAll(row -> row.name().equals(change.name())
                        && row.kind().equals(change.kind().yamlName())
                ? new CatalogAssembly.Row(
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
                        true,
                        current)
                : row);
    }

    private static CatalogAssembly.Row row(
            long id,
            Plan.Change change,
            String state,
            String hash,
            Definition definition,
            Json resolved,
            @Nullable Integer current) {
        return new CatalogAssembly.Row(
                id,
                change.kind().yamlName(),
                change.name(),
                change.version(),
                state,
                hash,
                change.effect().filter(Effect.BREAKING::equals).isPresent(),
                StoredFormat.NEWEST,
                StoredFormat.write(definition),
                resolved,
                Instant.EPOCH,
                true,
                current);
    }

    private static Optional<Plan.Change> of(Plan plan, String name) {
        return plan.changes().stream()
                .filter(change -> change.name().equals(name))
                .findFirst();
    }

    @Property(tries = 30)
    void V1_V2_bundleAfterBundleIsPlannedAsItIsWritten(@ForAll long seed) {
        rows.clear();
        parsed = Map.of();
        var random = new Random(seed);
        var bundle = first(random);
        var known = new TreeMap<String, List<List<Object>>>();
        apply(plan(bundle.documents()));
        bundle.views().forEach((name, view) -> known.put(name, new ArrayList<>(List.of(view.meaning(false)))));
        for (int step = 0; step < 4; step++) {
            assertThat(plan(bundle.documents()).changesNothing())
                    .as("the same bundle again")
                    .isTrue();
            var next = changed(bundle, random);
            boolean refused = bundle.columns().entrySet().stream()
                    .anyMatch(column -> !column.getValue()
                            .isFollowedBy(Objects.requireNonNull(next.columns().get(column.getKey()))));
            var shuffled = new ArrayList<>(next.documents());
            Collections.shuffle(shuffled, random);
            Plan plan;
            try {
                plan = plan(next.documents());
                assertThat(refused)
                        .as("%s to %s", bundle.columns(), next.columns())
                        .isFalse();
            } catch (AsofException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.INVALID);
                assertThat(refused).as(e.getMessage()).isTrue();
                continue;
            }
            assertThat(Set.copyOf(plan(shuffled).changes().stream()
                            .map(Object::toString)
                            .toList()))
                    .as("in any order")
                    .isEqualTo(Set.copyOf(
                            plan.changes().stream().map(Object::toString).toList()));
            checkSource(bundle, next, plan);
            checkViews(next, plan, known);
            apply(plan);
            numbersAreUsedOnce();
            bundle = next;
        }
    }

    private static void checkSource(Bundle before, Bundle after, Plan plan) {
        var added = new TreeSet<>(after.columns().keySet());
        added.removeAll(before.columns().keySet());
        var change = of(plan, "rows").orElseThrow();
        assertThat(change.action())
                .isEqualTo(
                        !added.isEmpty() || before.rowId() != after.rowId()
                                ? Action.NEW_VERSION
                                : before.columns().equals(after.columns())
                                        ? Action.UNCHANGED
                                        : Action.CONTRACT_UPDATED);
        if (change.step() instanceof Step.AddSource(var definition, var _, var columns)) {
            assertThat(columns).extracting(SourceColumn::name).containsExactlyInAnyOrderElementsOf(added);
            assertThat(definition.columns().subList(0, before.columns().size()))
                    .extracting(SourceColumn::name)
                    .as("added columns are last")
                    .containsExactlyInAnyOrderElementsOf(before.columns().keySet());
        }
    }

    private void checkViews(Bundle after, Plan plan, Map<String, List<List<Object>>> known) {
        var catalog = catalog();
        after.views().forEach((name, view) -> {
            var change = of(plan, name).orElseThrow();
            boolean isKnown = known.getOrDefault(name, List.of()).contains(view.meaning(after.rowId()));
            assertThat(change.action() == Action.NEW_VERSION)
                    .as(view.toString())
                    .isNotEqualTo(isKnown);
            if (!isKnown) {
                var current = catalog.currentView(new FeatureViewName(name)).orElseThrow();
                assertThat(change.effect())
                        .as("%s after %s", view, current.definition())
                        .contains(
                                written(current)
                                                .isExtendedBy(
                                                        view, !current.rowId().isEmpty(), after.rowId())
                                        ? Effect.COMPATIBLE
                                        : Effect.BREAKING);
                known.computeIfAbsent(name, _ -> new ArrayList<>()).add(view.meaning(after.rowId()));
            }
        });
    }

    private static View written(RegisteredView view) {
        var features = new LinkedHashMap<String, String>();
        view.definition()
                .features()
                .forEach(feature -> features.put(
                        feature.name(),
                        switch (feature) {
                            case FeatureDefinition.ColumnFeature column -> "column: " + column.column();
                            case FeatureDefinition.ExpressionFeature expression ->
                                "expression: \"" + expression.expression() + '"';
                            case FeatureDefinition.AggregateFeature aggregate ->
                                Objects.requireNonNull(AGGREGATES.get(aggregate.computation()));
                        }));
        return new View(view.ttl().isPresent() ? "7d" : "", view.definition().revision(), features, "");
    }

    private void numbersAreUsedOnce() {
        var numbers = new HashSet<String>();
        rows.forEach(row ->
                assertThat(numbers.add(row.kind() + row.name() + row.version())).isTrue());
    }
}
