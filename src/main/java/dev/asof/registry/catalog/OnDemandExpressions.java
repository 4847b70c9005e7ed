package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView.Feature;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import dev.asof.transform.Inputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compiles the expressions of an on-demand feature view over what they may read, in the order of its rows. */
public final class OnDemandExpressions {

    private final Inputs inputs;
    private final Map<String, List<Integer>> positions = new HashMap<>();

    /** @param inputs with the keys of each bucketed aggregate before its values */
    public OnDemandExpressions(List<Input> inputs, List<RequestValue> request) {
        var read = new ArrayList<ExpressionCompiler.Input>();
        for (int i = 0; i < inputs.size(); i++) {
            Input input = inputs.get(i);
            var bucketed = input.bucketed();
            if (bucketed.isPresent()) {
                String name = name(input, bucketed.get());
                positions.put(name, List.of(i, i + 1));
                i++;
                read.add(ExpressionCompiler.Input.map(
                        name, input.type().element(), inputs.get(i).type().element()));
            } else {
                String name = name(input, input.feature());
                positions.put(name, List.of(i));
                read.add(new ExpressionCompiler.Input(name, input.type()));
            }
        }
        request.forEach(value -> read.add(
                new ExpressionCompiler.Input(OnDemandViewDefinition.REQUEST + "." + value.name(), value.type())));
        read.add(new ExpressionCompiler.Input(OnDemandViewDefinition.AS_OF, ScalarType.TIMESTAMP));
        this.inputs = Inputs.of(read, "input", Map.of(OnDemandViewDefinition.REQUEST, "request value"));
    }

    private static String name(Input input, String feature) {
        return input.version().view() + "." + feature;
    }

    /**
     * @param type that it must fit; empty to infer it
     * @throws ExpressionException with every problem
     */
    public Feature compile(ExpressionFeature feature, Optional<ValueType> type) throws ExpressionException {
        var program = ExpressionCompiler.compile(feature.expression(), inputs, type);
        var reads = program.inputs().stream()
                .flatMap(name -> positions.getOrDefault(name, List.of()).stream())
                .sorted()
                .toList();
        return new Feature(feature.name(), program.type(), feature, program, reads);
    }
}
