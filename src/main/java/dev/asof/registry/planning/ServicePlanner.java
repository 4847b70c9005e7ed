package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.SelectionBuilder;
import dev.asof.registry.catalog.StoredVersion;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Violations;
import java.util.List;
import java.util.Optional;

/** Decides what a feature service changes: another selection of view versions is the next version. */
final class ServicePlanner {

    private final PlanDraft draft;

    ServicePlanner(PlanDraft draft) {
        this.draft = draft;
    }

    void plan(FeatureServiceDefinition service, Violations.Part violations) {
        var builder = selected(service);
        PlanDraft.report(builder.problems(), violations);
        if (draft.hasViolations()) {
            return;
        }
        var version = new ServiceVersion(new FeatureServiceName(service.id()), draft.nextVersion(service));
        var selection = builder.build(Optional.of(version), service.training());
        var before = draft.catalog()
                .find(DefinitionKind.FEATURE_SERVICE, service.id())
                .flatMap(stored -> stored.live().findFirst());
        String hash = Meaning.hash(selection);
        if (before.isPresent() && before.get().hash().equals(hash)) {
            draft.keep(before.get(), service, Action.METADATA_UPDATED, Optional.empty());
            return;
        }
        add(service, new Step.AddService(service, hash, selection), before);
    }

    /** What it lists; views with problems of their own are left out. */
    private SelectionBuilder selected(FeatureServiceDefinition service) {
        var builder = new SelectionBuilder(draft.views());
        for (int i = 0; i < service.features().size(); i++) {
            HeavyWork.goOn();
            var item = service.features().get(i);
            if (!draft.views().isBroken(item.view())
                    && !draft.bundle()
                            .isBroken(DefinitionKind.FEATURE_VIEW, item.view().value())
                    && !draft.bundle()
                            .isBroken(
                                    DefinitionKind.ON_DEMAND_FEATURE_VIEW,
                                    item.view().value())) {
                builder.add("features[" + i + "]", item);
            }
        }
        return builder;
    }

    private void add(FeatureServiceDefinition service, Step.AddService step, Optional<StoredVersion> before) {
        var change = before.flatMap(stored -> stored.resolution() instanceof Resolution.Service(FeatureSelection old)
                        ? Optional.of(Compatibility.compare(old, step.selection()))
                        : Optional.<Change>empty())
                .orElse(new Change.Compatible(List.of()));
        var waiting = step.selection().views().stream()
                .filter(view -> view.view().state() != VersionState.READY)
                .map(view -> view.view().version().toString())
                .distinct()
                .toList();
        draft.addVersion(
                service,
                change,
                waiting.isEmpty() ? VersionState.READY : VersionState.CANDIDATE,
                waiting.isEmpty()
                        ? Optional.empty()
                        : Optional.of("ready when %s is".formatted(String.join(", ", waiting))),
                step);
    }
}
