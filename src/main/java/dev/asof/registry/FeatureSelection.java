package dev.asof.registry;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The exact features a request or a feature service asks for: which view versions to read with which keys, and the
 * result's columns in order. Online lookups and training sets are both made from it, so that they agree.
 *
 * @param service the service version asked for; empty when features were listed in the request
 * @param views every view version to read, once per role
 */
public record FeatureSelection(
        Optional<ServiceVersion> service, List<View> views, List<Column> columns, TrainingDefaults training) {

    /**
     * A view version to read.
     *
     * @param alias the view's name, or its role
     * @param keyColumns the request's column for each of the view's keys, in the view's order
     */
    public record View(RegisteredView view, String alias, List<String> keyColumns) {
        public View {
            keyColumns = List.copyOf(keyColumns);
        }
    }

    /**
     * A column of the result.
     *
     * @param name {@code view__feature} or {@code role__feature}
     * @param feature the bare name
     * @param viewIndex position in {@link FeatureSelection#views()}
     * @param featureIndex position in that view's features
     */
    public record Column(String name, String feature, int viewIndex, int featureIndex, ValueType type) {}

    public FeatureSelection {
        views = List.copyOf(views);
        columns = List.copyOf(columns);
    }

    /** The join keys a request must carry with their types, in order of first use. */
    public Map<String, ScalarType> requestKeys() {
        var keys = new LinkedHashMap<String, ScalarType>();
        for (View view : views) {
            for (int i = 0; i < view.keyColumns().size(); i++) {
                keys.putIfAbsent(
                        view.keyColumns().get(i), view.view().keys().get(i).type());
            }
        }
        return keys;
    }
}
