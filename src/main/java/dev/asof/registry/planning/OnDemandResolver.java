package dev.asof.registry.planning;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.catalog.OnDemandExpressions;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.catalog.SelectionBuilder;
import dev.asof.registry.catalog.ViewVersions;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Names;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Checks an on-demand feature view against what it reads, and infers its features' types. */
final class OnDemandResolver {

    /** The code of inputs that come to two versions of one view. */
    static final String TWO_VERSIONS = "two_versions";

    /** Each level reads the one before, so that none is far from what is stored. */
    private static final int MOST_LEVELS = 10;

    private final OnDemandViewDefinition view;
    private final ViewVersions versions;
    private final ResolverProblems problems = new ResolverProblems();
    private List<Input> inputs = List.of();
    private FeatureSelection selection =
            new FeatureSelection(Optional.empty(), List.of(), List.of(), TrainingDefaults.NONE);
    private final List<Feature> features = new ArrayList<>();

    private OnDemandResolver(OnDemandViewDefinition view, ViewVersions versions) {
        this.view = view;
        this.versions = versions;
    }

    /**
     * What it was resolved to.
     *
     * @param inputs exact versions, in the order of rows
     * @param features those that could be compiled, in declared order
     * @param selection the inputs as columns
     * @param problems empty when the view can be registered
     */
    record Resolved(List<Input> inputs, List<Feature> features, FeatureSelection selection, List<Problem> problems) {}

    /** @param isBroken inputs to leave out: what is wrong with them is told elsewhere */
    static Resolved resolve(OnDemandViewDefinition view, ViewVersions versions, Predicate<Item> isBroken) {
        var resolver = new OnDemandResolver(view, versions);
        boolean areInputsWhole = resolver.resolveInputs(isBroken);
        resolver.checkRequest();
        resolver.checkFeatures();
        return resolver.resolved(areInputsWhole);
    }

    /** Of a view that is tried, and whose features nobody named. */
    static Resolved resolveUnnamed(OnDemandViewDefinition view, ViewVersions versions) {
        var resolver = new OnDemandResolver(view, versions);
        boolean areInputsWhole = resolver.resolveInputs(_ -> false);
        resolver.checkRequest();
        return resolver.resolved(areInputsWhole);
    }

    private Resolved resolved(boolean areInputsWhole) {
        if (areInputsWhole && problems.all().isEmpty()) {
            resolveFeatures();
        }
        return new Resolved(inputs, features, selection, problems.all());
    }

    private boolean resolveInputs(Predicate<Item> isBroken) {
        var builder = new SelectionBuilder(versions);
        var named = new HashMap<String, Item>();
        boolean areWhole = true;
        for (int i = 0; i < view.inputs().size(); i++) {
            HeavyWork.goOn();
            Item input = view.inputs().get(i);
            String path = "inputs[" + i + "]";
            Item other = named.putIfAbsent(input.view().value(), input);
            if (other != null && !other.version().equals(input.version())) {
                twoVersions(path, input.view().value());
            } else if (isBroken.test(input)) {
                areWhole = false;
            } else {
                builder.add(path, input);
            }
        }
        builder.problems()
                .forEach(problem ->
                        problems.report(problem.path(), problem.code(), problem.message(), problem.suggestions()));
        if (problems.all().isEmpty()) {
            selection = builder.build(Optional.empty(), TrainingDefaults.NONE);
            inputs = selection.columns().stream()
                    .map(column -> input(selection, column))
                    .toList();
            checkVersions(selection);
            checkLevels(selection);
            if (selection.onDemand().stream()
                    .anyMatch(selected -> selected.view().version().view().equals(view.name()))) {
                problems.report(
                        "inputs",
                        "cycle",
                        "Its inputs are made from '%s' itself: break the circle".formatted(view.name()));
            }
        }
        return areWhole;
    }

    private void twoVersions(String path, String name) {
        problems.report(
                path,
                TWO_VERSIONS,
                "'%s' is an input in two versions: read all of its features from one".formatted(name));
    }

    private static Input input(FeatureSelection selection, FeatureSelection.Column column) {
        return new Input(
                column.feature(),
                column.type(),
                switch (column.origin()) {
                    case Origin.OfView from ->
                        new InputOrigin.OfView(
                                selection.views().get(from.view()).view(), from.feature());
                    case Origin.Computed(int onDemand, int feature) ->
                        new InputOrigin.OfOnDemand(
                                selection.onDemand().get(onDemand).view(), feature);
                });
    }

    /** Rule V3: also through others it reads no two versions of one view. */
    private void checkVersions(FeatureSelection selection) {
        var versionsByName = new HashMap<String, ViewVersion>();
        var read = new ArrayList<ViewVersion>();
        selection.views().forEach(selected -> read.add(selected.view().version()));
        selection.onDemand().forEach(selected -> read.add(selected.view().version()));
        for (ViewVersion version : read) {
            var other = versionsByName.putIfAbsent(version.view().value(), version);
            if (other != null && !other.equals(version)) {
                problems.report(
                        "inputs",
                        TWO_VERSIONS,
                        "Its inputs read both %s and %s: apply the on-demand feature views among them again and promote what waits, or pin one of the versions"
                                .formatted(other, version));
            }
        }
    }

    private void checkLevels(FeatureSelection selection) {
        var levels = new HashMap<ViewVersion, Integer>();
        int most = selection.onDemand().stream()
                .mapToInt(selected -> levels(selected.view(), levels))
                .max()
                .orElse(0);
        if (most >= MOST_LEVELS) {
            problems.report(
                    "inputs",
                    "too_deep",
                    "Its inputs are made from others over %s levels; at most %s fit: write some of them as one expression"
                            .formatted(most, MOST_LEVELS - 1));
        }
    }

    private static int levels(RegisteredOnDemandView view, Map<ViewVersion, Integer> known) {
        Integer found = known.get(view.version());
        if (found != null) {
            return found;
        }
        int below = 0;
        for (Input input : view.inputs()) {
            if (input.origin() instanceof InputOrigin.OfOnDemand of) {
                below = Math.max(below, levels(of.view(), known));
            }
        }
        known.put(view.version(), below + 1);
        return below + 1;
    }

    private void checkRequest() {
        var keys = keys();
        var taken = inputs.stream().flatMap(OnDemandResolver::names).collect(Collectors.toSet());
        var sentToInputs = selection.requestValues();
        for (int i = 0; i < view.request().size(); i++) {
            RequestValue value = view.request().get(i);
            String path = "request[" + i + "]";
            var other = sentToInputs.getOrDefault(value.name(), value.type());
            if (keys.contains(value.name())) {
                problems.report(
                        path + ".name",
                        "name_of_key",
                        "'%s' is the name of a join key of its inputs: name the request value otherwise"
                                .formatted(value.name()));
            } else if (taken.contains(value.name())) {
                problems.report(
                        path + ".name",
                        "name_of_feature",
                        "'%s' is the name of an input: name the request value otherwise".formatted(value.name()));
            } else if (!other.equals(value.type())) {
                problems.report(
                        path + ".type",
                        "conflicting_request_type",
                        "'%s' is %s for on-demand features among its inputs, and %s here: a request brings it once, so make the types agree or name it otherwise"
                                .formatted(value.name(), other, value.type()));
            }
        }
    }

    private void checkFeatures() {
        var keys = keys();
        var requested = view.request().stream().map(RequestValue::name).collect(Collectors.toSet());
        var names = new HashSet<String>();
        for (int i = 0; i < view.features().size(); i++) {
            checkName(view.features().get(i).name(), "features[" + i + "].name", names, keys, requested);
        }
    }

    /** What an input may be called: a bucketed aggregate as a whole too. */
    private static Stream<String> names(Input input) {
        return Stream.concat(Stream.of(input.feature()), input.bucketed().stream());
    }

    private Set<String> keys() {
        return inputs.stream().flatMap(OnDemandResolver::keys).collect(Collectors.toSet());
    }

    private static Stream<String> keys(Input input) {
        return switch (input.origin()) {
            case InputOrigin.OfView of -> of.view().keys().stream().map(RegisteredView.Key::name);
            case InputOrigin.OfOnDemand of ->
                of.view().views().stream().flatMap(view -> view.keys().stream()).map(RegisteredView.Key::name);
        };
    }

    private void checkName(String name, String path, Set<String> before, Set<String> keys, Set<String> requested) {
        if (!Names.isValid(name)) {
            // the reader has said so
            return;
        }
        String derived = view.name() + "__" + name;
        if (ReservedNames.forFeature(name)) {
            problems.report(
                    path,
                    "reserved_name",
                    "'%s' is kept for Asof's own columns: name the feature otherwise".formatted(name));
        } else if (keys.contains(name)) {
            problems.report(
                    path,
                    "name_of_key",
                    "'%s' is the name of a join key of its inputs: name the feature otherwise".formatted(name));
        } else if (requested.contains(name)) {
            problems.report(
                    path,
                    "name_of_request_value",
                    "'%s' is the name of a request value: name one of them otherwise".formatted(name));
        } else if (!before.add(name)) {
            problems.report(
                    path, "duplicate_feature", "There are two features named '%s': name one otherwise".formatted(name));
        } else if (derived.length() > ViewResolver.MAX_IDENTIFIER) {
            problems.report(path, "name_too_long", ViewResolver.tooLong(derived));
        }
    }

    private void resolveFeatures() {
        var expressions = new OnDemandExpressions(inputs, view.request());
        for (int i = 0; i < view.features().size(); i++) {
            HeavyWork.goOn();
            ExpressionFeature feature = view.features().get(i);
            try {
                features.add(expressions.compile(feature, feature.type()));
            } catch (ExpressionException e) {
                problems.report("features[" + i + "].expression", feature.name(), e);
            }
        }
    }
}
