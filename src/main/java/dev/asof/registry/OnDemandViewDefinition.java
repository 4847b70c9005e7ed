package dev.asof.registry;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ValueType;
import java.util.List;
import java.util.Optional;

/**
 * An on-demand feature view as written: features computed at the moment of asking.
 *
 * @param name shares its names with feature views, so that a reference means one or the other
 * @param inputs features of other views that its expressions read, without roles
 * @param request values that its expressions read from the request or the spine
 */
public record OnDemandViewDefinition(
        FeatureViewName name,
        List<Item> inputs,
        List<RequestValue> request,
        List<ExpressionFeature> features,
        Metadata metadata)
        implements Definition {

    /** How expressions begin the name of a request value. */
    public static final String REQUEST = "request";

    /** How expressions name the moment of asking. */
    public static final String AS_OF = "as_of";

    /** A value that whoever asks sends, by the name of a column. */
    public record RequestValue(String name, ValueType type, Optional<String> description) {}

    public OnDemandViewDefinition {
        inputs = List.copyOf(inputs);
        request = List.copyOf(request);
        features = List.copyOf(features);
    }

    @Override
    public DefinitionKind kind() {
        return DefinitionKind.ON_DEMAND_FEATURE_VIEW;
    }

    @Override
    public String id() {
        return name.value();
    }
}
