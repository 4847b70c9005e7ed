package dev.asof.registry.planning;

import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells what a new meaning of an on-demand view changes for those who read the one before. */
final class OnDemandCompatibility {

    private final List<String> additions = new ArrayList<>();
    private final List<String> breaks = new ArrayList<>();

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
            same(after, input)
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

    private static Optional<Input> same(RegisteredOnDemandView view, Input input) {
        return view.inputs().stream()
                .filter(other -> other.version().view().equals(input.version().view())
                        && other.feature().equals(input.feature()))
                .findFirst();
    }

    private void compareRequest(List<RequestValue> before, List<RequestValue> after) {
        for (RequestValue value : before) {
            var now = named(after, value.name());
            if (now.isEmpty()) {
                breaks.add("request value %s is removed".formatted(value.name()));
            } else if (!now.get().type().equals(value.type())) {
                breaks.add("request value %s: type %s becomes %s"
                        .formatted(value.name(), value.type(), now.get().type()));
            }
        }
        after.stream()
                .filter(value -> named(before, value.name()).isEmpty())
                .forEach(value -> breaks.add("request value %s %s is added".formatted(value.name(), value.type())));
    }

    private static Optional<RequestValue> named(List<RequestValue> values, String name) {
        return values.stream().filter(value -> value.name().equals(name)).findFirst();
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
        } else if (!expression(from).equals(expression(to))) {
            breaks.add("feature %s: expression \"%s\" becomes \"%s\""
                    .formatted(from.name(), expression(from), expression(to)));
        } else if (!isSameValue(before, was, after, is)) {
            breaks.add("feature %s: what it is computed from means something else".formatted(from.name()));
        }
    }

    private static String expression(Feature feature) {
        return feature.definition().expression().strip();
    }

    /** Whether two versions of a view have the same values in a feature each. */
    static boolean isSameValue(RegisteredOnDemandView before, int was, RegisteredOnDemandView after, int is) {
        Feature from = before.features().get(was);
        Feature to = after.features().get(is);
        return before.version().view().equals(after.version().view())
                && before.evaluator() == after.evaluator()
                && from.name().equals(to.name())
                && from.type().equals(to.type())
                && expression(from).equals(expression(to))
                && before.request().stream()
                        .allMatch(value -> named(after.request(), value.name())
                                .filter(now -> !now.type().equals(value.type()))
                                .isEmpty())
                && from.reads().stream()
                        .map(before.inputs()::get)
                        .allMatch(input -> same(after, input)
                                .filter(now -> isSameValue(input, now))
                                .isPresent());
    }

    private static boolean isSameValue(Input before, Input after) {
        return before.version().equals(after.version())
                || switch (before.origin()) {
                    case InputOrigin.OfView(RegisteredView was, int from) ->
                        after.origin() instanceof InputOrigin.OfView(RegisteredView is, int to)
                                && Compatibility.isSameValue(was, from, is, to);
                    case InputOrigin.OfOnDemand(RegisteredOnDemandView was, int from) ->
                        after.origin() instanceof InputOrigin.OfOnDemand(RegisteredOnDemandView is, int to)
                                && isSameValue(was, from, is, to);
                };
    }
}
