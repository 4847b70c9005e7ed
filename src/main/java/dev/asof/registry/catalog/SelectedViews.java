package dev.asof.registry.catalog;

import dev.asof.registry.FeatureSelection.OnDemand;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureSelection.View;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.InputOrigin;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The view versions of a selection: those that references name, by their alias, and those that on-demand features are made
 * from, which have none of their own unless a reference names the same one too.
 */
final class SelectedViews {

    /** No name that users give begins so. */
    private static final String WITHOUT_ALIAS = "in__";

    private final List<Problem> problems;
    private final List<View> views = new ArrayList<>();
    private final List<OnDemand> onDemand = new ArrayList<>();
    private final Map<String, Object> byAlias = new HashMap<>();
    private final Map<String, ScalarType> keyTypes = new HashMap<>();
    private final Map<String, RequestValue> requestValues = new HashMap<>();

    /** @param problems takes what is found wrong */
    SelectedViews(List<Problem> problems) {
        this.problems = problems;
    }

    List<View> views() {
        return views;
    }

    List<OnDemand> onDemand() {
        return onDemand;
    }

    /** The position of a view that a reference names; null if the alias means another one. */
    @Nullable
    Integer add(String path, RegisteredView view, String alias, List<String> keyColumns) {
        Object existing = byAlias.get(alias);
        if (existing == null) {
            int index = indexOfHidden(view, keyColumns).orElse(views.size());
            set(views, index, new View(view, alias, keyColumns));
            checkKeys(path, views.get(index));
            byAlias.put(alias, index);
            return index;
        }
        if (existing instanceof Integer index
                && views.get(index).view().version().equals(view.version())
                && views.get(index).keyColumns().equals(keyColumns)) {
            return index;
        }
        ambiguous(path, alias, existing, view.version().toString());
        return null;
    }

    private static <T> void set(List<T> list, int index, T value) {
        if (index == list.size()) {
            list.add(value);
        } else {
            list.set(index, value);
        }
    }

    private Optional<Integer> indexOfHidden(RegisteredView view, List<String> keyColumns) {
        for (int i = 0; i < views.size(); i++) {
            if (views.get(i).alias().startsWith(WITHOUT_ALIAS) && isOf(views.get(i), view, keyColumns)) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    private static boolean isOf(View selected, RegisteredView view, List<String> keyColumns) {
        return selected.view().version().equals(view.version())
                && selected.keyColumns().equals(keyColumns);
    }

    private void ambiguous(String path, String alias, Object existing, String version) {
        String stands = switch (existing) {
            case Integer index ->
                "%s with the keys %s"
                        .formatted(
                                views.get(index).view().version(),
                                views.get(index).keyColumns());
            case OnDemand computed -> computed.view().version().toString();
            default -> throw new IllegalStateException("No view: " + existing);
        };
        problem(
                path,
                "ambiguous_role",
                "'%s' already stands for %s; give %s a role of its own with 'as'".formatted(alias, stands, version));
    }

    /**
     * The position of an on-demand view that a reference names; null if the alias means another one.
     *
     * @param keys the request's column for each join key of its inputs whose name differs
     */
    @Nullable
    Integer add(String path, RegisteredOnDemandView view, String alias, Map<String, String> keys) {
        int index = new WithInputs(path, keys).indexOf(view);
        var selected = onDemand.get(index);
        Object existing = byAlias.get(alias);
        if (existing == null) {
            var named = new OnDemand(view, alias, selected.inputs());
            if (selected.alias().startsWith(WITHOUT_ALIAS)) {
                onDemand.set(index, named);
            } else {
                // the same under two roles
                onDemand.add(named);
                index = onDemand.size() - 1;
            }
            byAlias.put(alias, named);
            return index;
        }
        if (existing instanceof OnDemand named
                && named.view().version().equals(view.version())
                && named.inputs().equals(selected.inputs())) {
            return onDemand.indexOf(named);
        }
        ambiguous(path, alias, existing, view.version().toString());
        return null;
    }

    /** Adds on-demand views and what they are made from, each once: there are more ways through them than can be gone. */
    private final class WithInputs {

        private final String path;
        private final Map<String, String> keys;
        private final Map<ViewVersion, Integer> positions = new HashMap<>();

        WithInputs(String path, Map<String, String> keys) {
            this.path = path;
            this.keys = keys;
        }

        /** The position of a view with these keys, under whatever alias. */
        int indexOf(RegisteredOnDemandView view) {
            Integer known = positions.get(view.version());
            if (known == null) {
                known = add(view);
                positions.put(view.version(), known);
            }
            return known;
        }

        private int add(RegisteredOnDemandView view) {
            HeavyWork.goOn();
            var inputs = view.inputs().stream()
                    .map(input -> switch (input.origin()) {
                        case InputOrigin.OfView(RegisteredView of, int feature) ->
                            (Origin) Origin.of(of, SelectedViews.this.indexOf(path, of, keyColumns(of, keys)), feature);
                        case InputOrigin.OfOnDemand(RegisteredOnDemandView of, int feature) ->
                            new Origin.Computed(indexOf(of), feature);
                    })
                    .toList();
            for (int i = 0; i < onDemand.size(); i++) {
                if (onDemand.get(i).view().version().equals(view.version())
                        && onDemand.get(i).inputs().equals(inputs)) {
                    return i;
                }
            }
            onDemand.add(new OnDemand(view, WITHOUT_ALIAS + onDemand.size(), inputs));
            view.request().forEach(value -> checkRequestValue(path, view, value));
            return onDemand.size() - 1;
        }
    }

    private int indexOf(String path, RegisteredView view, List<String> keyColumns) {
        for (int i = 0; i < views.size(); i++) {
            if (isOf(views.get(i), view, keyColumns)) {
                return i;
            }
        }
        views.add(new View(view, WITHOUT_ALIAS + views.size(), keyColumns));
        checkKeys(path, views.getLast());
        return views.size() - 1;
    }

    static List<String> keyColumns(RegisteredView view, Map<String, String> keys) {
        return view.keys().stream()
                .map(key -> keys.getOrDefault(key.name(), key.name()))
                .toList();
    }

    private void checkKeys(String path, View selected) {
        for (int i = 0; i < selected.keyColumns().size(); i++) {
            String column = selected.keyColumns().get(i);
            var type = selected.view().keys().get(i).type();
            var before = keyTypes.putIfAbsent(column, type);
            if (before != null && before != type) {
                problem(
                        path,
                        "conflicting_key_type",
                        "The request key '%s' would be both %s and, for %s, %s; map one to another name with 'keys'"
                                .formatted(column, before, selected.view().version(), type));
            }
            if (requestValues.containsKey(column)) {
                nameOfKey(path, column, selected.view().version().toString());
            }
        }
    }

    private void checkRequestValue(String path, RegisteredOnDemandView view, RequestValue value) {
        var before = requestValues.putIfAbsent(value.name(), value);
        ValueType type = before == null ? value.type() : before.type();
        if (!type.equals(value.type())) {
            problem(
                    path,
                    "conflicting_request_type",
                    "The request value '%s' would be both %s and, for %s, %s: make the types agree, or ask for these features apart"
                            .formatted(value.name(), type, view.version(), value.type()));
        }
        if (keyTypes.containsKey(value.name())) {
            nameOfKey(path, value.name(), view.version().toString());
        }
    }

    private void nameOfKey(String path, String column, String version) {
        problem(
                path,
                "name_of_key",
                "'%s' would be both a join key and a request value, for %s; map the key to another name with 'keys'"
                        .formatted(column, version));
    }

    private void problem(String path, String code, String message) {
        problems.add(new Problem(path, code, message, List.of()));
    }
}
