package dev.asof.registry.planning;

import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ViewVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether features of two versions of on-demand views have the same values. Each pair is compared once: features are made from
 * others over several levels, and there are more ways through them than can be gone. For one thread.
 */
final class SameValues {

    private record Pair(ViewVersion before, int was, ViewVersion after, int is) {}

    private final Map<Pair, Boolean> known = new HashMap<>();

    boolean areSame(RegisteredOnDemandView before, int was, RegisteredOnDemandView after, int is) {
        var pair = new Pair(before.version(), was, after.version(), is);
        Boolean found = known.get(pair);
        if (found == null) {
            HeavyWork.goOn();
            found = isSameProgram(before, was, after, is) && areInputsSame(before, was, after);
            known.put(pair, found);
        }
        return found;
    }

    private static boolean isSameProgram(RegisteredOnDemandView before, int was, RegisteredOnDemandView after, int is) {
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
                                .isEmpty());
    }

    private boolean areInputsSame(RegisteredOnDemandView before, int was, RegisteredOnDemandView after) {
        return before.features().get(was).reads().stream()
                .map(before.inputs()::get)
                .allMatch(input ->
                        find(after, input).filter(now -> areSame(input, now)).isPresent());
    }

    private boolean areSame(Input before, Input after) {
        return before.version().equals(after.version())
                || switch (before.origin()) {
                    case InputOrigin.OfView(RegisteredView was, int from) ->
                        after.origin() instanceof InputOrigin.OfView(RegisteredView is, int to)
                                && Compatibility.isSameValue(was, from, is, to);
                    case InputOrigin.OfOnDemand(RegisteredOnDemandView was, int from) ->
                        after.origin() instanceof InputOrigin.OfOnDemand(RegisteredOnDemandView is, int to)
                                && areSame(was, from, is, to);
                };
    }

    /** The input of this name, of whatever version. */
    static Optional<Input> find(RegisteredOnDemandView view, Input input) {
        return view.inputs().stream()
                .filter(other -> other.feature().equals(input.feature())
                        && other.version().view().equals(input.version().view()))
                .findFirst();
    }

    static Optional<RequestValue> named(List<RequestValue> values, String name) {
        return values.stream().filter(value -> value.name().equals(name)).findFirst();
    }

    static String expression(Feature feature) {
        return feature.definition().expression().strip();
    }
}
