package dev.asof.registry.planning;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ViewVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rule V3: which on-demand feature views still read a version that is no longer the one that its name means. */
final class LaggingViews {

    private final PlanDraft draft;

    LaggingViews(PlanDraft draft) {
        this.draft = draft;
    }

    /** Says so of each view that the plan names and that is read in another version. */
    void tell() {
        Map<FeatureViewName, List<String>> lagging = new HashMap<>();
        draft.catalog().liveOnDemandViews().stream()
                .map(view -> view.version().view())
                .distinct()
                .flatMap(name -> draft.views().bareOnDemand(name).stream())
                .forEach(view -> tell(view, lagging));
        if (!lagging.isEmpty()) {
            draft.amend(change -> amended(change, lagging));
        }
    }

    private void tell(RegisteredOnDemandView view, Map<FeatureViewName, List<String>> lagging) {
        view.inputs().stream()
                .filter(input -> isBehind(input))
                .map(Input::version)
                .distinct()
                .forEach(version -> lagging.computeIfAbsent(version.view(), _ -> new ArrayList<>())
                        .add("%s still reads %s: apply it again to move it".formatted(view.version(), version)));
    }

    private boolean isBehind(Input input) {
        FeatureViewName name = input.version().view();
        Optional<ViewVersion> bare = switch (input.origin()) {
            case InputOrigin.OfView _ -> draft.views().bare(name).map(view -> view.version());
            case InputOrigin.OfOnDemand _ -> draft.views().bareOnDemand(name).map(RegisteredOnDemandView::version);
        };
        return bare.filter(version -> !version.equals(input.version())).isPresent();
    }

    private static Plan.Change amended(Plan.Change change, Map<FeatureViewName, List<String>> lagging) {
        boolean isView =
                change.kind() == DefinitionKind.FEATURE_VIEW || change.kind() == DefinitionKind.ON_DEMAND_FEATURE_VIEW;
        var said = isView ? lagging.get(new FeatureViewName(change.name())) : null;
        return said == null || change.action() == Plan.Action.DELETED
                ? change
                : change.withNote(String.join("; ", said.stream().limit(10).toList()));
    }
}
