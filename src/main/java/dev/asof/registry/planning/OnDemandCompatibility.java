package dev.asof.registry.planning;

import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.shared.Shown;
import java.util.ArrayList;
import java.util.List;

/** Tells what a new meaning of an on-demand view changes for those who read the one before. */
final class OnDemandCompatibility {

    private final List<String> additions = new ArrayList<>();
    private final List<String> breaks = new ArrayList<>();
    private final SameValues sameValues = new SameValues();

    private OnDemandCompatibility() {}

    /** A view that reads the same values from other versions breaks nothing. */
    static Change compare(RegisteredOnDemandView before, RegisteredOnDemandView after) {
        var result = new OnDemandCompatibility();
        result.compareInputs(before, after);
        result.compareRequest(before.request(), after.request());
        result.compareFeatures(before, after);
        return result.change();
    }

    private Change change() {
        if (breaks.isEmpty()) {
            return new Change.Compatible(additions);
        }
        var reasons = new ArrayList<>(breaks);
        reasons.addAll(additions);
        return new Change.Breaking(reasons);
    }

    private void compareInputs(RegisteredOnDemandView before, RegisteredOnDemandView after) {
        for (Input input : before.inputs()) {
            SameValues.find(after, input)
                    .filter(now -> !now.version().equals(input.version()))
                    .ifPresent(now -> additions.add(
                            "input %s:%s is read from %s".formatted(input.version(), input.feature(), now.version())));
        }
        var was = names(before);
        var is = names(after);
        if (!was.equals(is)) {
            additions.add("inputs were %s and become %s".formatted(Shown.names(was), Shown.names(is)));
        }
    }

    private static List<String> names(RegisteredOnDemandView view) {
        return view.inputs().stream()
                .map(input -> input.version().view() + ":" + input.feature())
                .toList();
    }

    private void compareRequest(List<RequestValue> before, List<RequestValue> after) {
        for (RequestValue value : before) {
            var now = SameValues.named(after, value.name());
            if (now.isEmpty()) {
                breaks.add("request value %s is removed".formatted(value.name()));
            } else if (!now.get().type().equals(value.type())) {
                breaks.add("request value %s: type %s becomes %s"
                        .formatted(value.name(), value.type(), now.get().type()));
            }
        }
        after.stream()
                .filter(value -> SameValues.named(before, value.name()).isEmpty())
                .forEach(value -> breaks.add("request value %s %s is added".formatted(value.name(), value.type())));
    }

    private void compareFeatures(RegisteredOnDemandView before, RegisteredOnDemandView after) {
        for (int i = 0; i < before.features().size(); i++) {
            Feature was = before.features().get(i);
            int index = after.indexOf(was.name());
            if (index < 0) {
                breaks.add("feature %s is removed".formatted(was.name()));
            } else {
                compareFeature(before, i, after, index);
            }
        }
        after.features().stream()
                .filter(feature -> before.indexOf(feature.name()) < 0)
                .forEach(feature -> additions.add("feature %s %s is added".formatted(feature.name(), feature.type())));
    }

    private void compareFeature(RegisteredOnDemandView before, int was, RegisteredOnDemandView after, int is) {
        Feature from = before.features().get(was);
        Feature to = after.features().get(is);
        if (!from.type().equals(to.type())) {
            breaks.add("feature %s: type %s becomes %s".formatted(from.name(), from.type(), to.type()));
        } else if (!SameValues.expression(from).equals(SameValues.expression(to))) {
            breaks.add("feature %s: expression \"%s\" becomes \"%s\""
                    .formatted(from.name(), SameValues.expression(from), SameValues.expression(to)));
        } else if (!sameValues.areSame(before, was, after, is)) {
            breaks.add("feature %s: what it is computed from means something else".formatted(from.name()));
        }
    }
}
