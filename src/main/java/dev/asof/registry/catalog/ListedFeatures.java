package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Selects features that a request lists, without a service; the bare name of a view means its current version alone. */
final class ListedFeatures {

    record CurrentViews(Catalog catalog) implements ViewVersions {

        @Override
        public Collection<String> names() {
            var names = new TreeSet<>(catalog.all(DefinitionKind.FEATURE_VIEW).keySet());
            names.addAll(catalog.all(DefinitionKind.ON_DEMAND_FEATURE_VIEW).keySet());
            return names;
        }

        @Override
        public SortedMap<Integer, RegisteredView> live(FeatureViewName view) {
            return catalog.liveVersions(view);
        }

        @Override
        public Optional<RegisteredView> bare(FeatureViewName view) {
            return catalog.currentView(view);
        }

        @Override
        public SortedMap<Integer, RegisteredOnDemandView> liveOnDemand(FeatureViewName view) {
            return catalog.liveOnDemandVersions(view);
        }

        @Override
        public Optional<RegisteredOnDemandView> bareOnDemand(FeatureViewName view) {
            return catalog.currentOnDemandView(view);
        }
    }

    private ListedFeatures() {}

    /** @throws AsofException with every reference that is malformed, unknown, or not ready */
    static FeatureSelection of(Catalog catalog, List<String> references) {
        var builder = new SelectionBuilder(new CurrentViews(catalog));
        var violations = new Violations();
        for (int i = 0; i < references.size(); i++) {
            String path = "features[" + i + "]";
            String reference = references.get(i);
            Selections.featureReference(reference)
                    .ifPresentOrElse(
                            item -> {
                                catalog.requireReadable(item.view(), item.version());
                                builder.add(path, item);
                            },
                            () -> violations.add(Violation.of(
                                    path,
                                    "malformed_reference",
                                    "'%s' is no feature reference; write view:feature, view:* or view@v2:feature"
                                            .formatted(reference))));
        }
        var selection = builder.build(Optional.empty(), TrainingDefaults.NONE);
        failOn(violations, builder.problems(), selection);
        return selection;
    }

    private static void failOn(Violations violations, List<Problem> problems, FeatureSelection selection) {
        Stream.concat(problems.stream(), unready(selection))
                .map(problem -> Violation.of(problem.path(), problem.code(), problem.message(), problem.suggestions()))
                .forEach(violations::add);
        if (!violations.isEmpty()) {
            throw new AsofException(
                    codeOf(violations.codes()), violations.shown().getFirst().message(), violations);
        }
    }

    private static Stream<Problem> unready(FeatureSelection selection) {
        return selection.views().stream()
                .map(FeatureSelection.View::view)
                .filter(view -> view.state() != VersionState.READY)
                .map(view -> new Problem(
                        "features",
                        SelectionBuilder.NOT_READY,
                        view.version() + " is a candidate: its backfill is not done",
                        List.of()));
    }

    private static ErrorCode codeOf(Set<String> codes) {
        boolean allNotReady = true;
        for (String code : codes) {
            switch (code) {
                case SelectionBuilder.NOT_READY -> {}
                case SelectionBuilder.UNKNOWN_VIEW,
                        SelectionBuilder.UNKNOWN_VERSION,
                        SelectionBuilder.UNKNOWN_FEATURE -> allNotReady = false;
                default -> {
                    return ErrorCode.INVALID;
                }
            }
        }
        return allNotReady ? ErrorCode.NOT_READY : ErrorCode.NOT_FOUND;
    }
}
