package dev.asof.registry.catalog;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Suggestions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Resolves references to features into one selection and gathers everything wrong with them. */
public final class SelectionBuilder {

    static final String UNKNOWN_VIEW = "unknown_feature_view";
    static final String UNKNOWN_VERSION = "unknown_version";
    static final String UNKNOWN_FEATURE = "unknown_feature";
    static final String NOT_READY = "not_ready";

    /** Postgres cuts longer column names. */
    private static final int MAX_COLUMN_NAME = 63;

    private final ViewVersions versions;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Integer> indexByAlias = new HashMap<>();
    private final List<FeatureSelection.View> views = new ArrayList<>();
    private final Map<String, FeatureSelection.Column> columns = new LinkedHashMap<>();
    private final Map<String, ScalarType> keyTypes = new HashMap<>();

    public SelectionBuilder(ViewVersions versions) {
        this.versions = versions;
    }

    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    /** The selection so far; of use only without problems. */
    public FeatureSelection build(Optional<ServiceVersion> service, TrainingDefaults training) {
        return new FeatureSelection(service, views, List.copyOf(columns.values()), training);
    }

    /** @param path where the item stands, relative to whatever lists it */
    public void add(String path, Item item) {
        var view = resolve(path, item);
        if (view == null) {
            return;
        }
        checkKeyMapping(path, item, view);
        String alias = item.role().orElse(item.view().value());
        var keyColumns = view.keys().stream()
                .map(key -> item.keys().getOrDefault(key.name(), key.name()))
                .toList();
        var selected = new FeatureSelection.View(view, alias, keyColumns);
        Integer index = indexOf(path, selected);
        if (index != null) {
            addFeatures(path, item, index);
        }
    }

    private @Nullable RegisteredView resolve(String path, Item item) {
        String name = item.view().value();
        var live = versions.live(item.view());
        if (live.isEmpty()) {
            problem(
                    path,
                    UNKNOWN_VIEW,
                    "There is no feature view named '%s'".formatted(name),
                    Suggestions.nearest(name, versions.names()));
            return null;
        }
        if (item.version().isPresent()) {
            var pinned = live.get(item.version().getAsInt());
            if (pinned == null) {
                String message = unknownVersion(name, item.version().getAsInt(), live.keySet());
                problem(path, UNKNOWN_VERSION, message, List.of());
            }
            return pinned;
        }
        var bare = versions.bare(item.view());
        if (bare.isEmpty()) {
            problem(
                    path,
                    NOT_READY,
                    "No version of '%s' is current yet: %s@v%s is a candidate or waits to be promoted"
                            .formatted(name, name, live.lastKey()),
                    List.of());
        }
        return bare.orElse(null);
    }

    private static String unknownVersion(String name, int version, Set<Integer> live) {
        return "There is no %s@v%s, or it is retired; the live versions are %s"
                .formatted(
                        name, version, live.stream().map(number -> "v" + number).collect(Collectors.joining(", ")));
    }

    private void checkKeyMapping(String path, Item item, RegisteredView view) {
        var known = view.keys().stream().map(RegisteredView.Key::name).toList();
        for (String key : item.keys().keySet()) {
            if (!known.contains(key)) {
                problem(
                        path + ".keys." + key,
                        "unknown_key",
                        "'%s' is no join key of %s; its keys are %s".formatted(key, view.version(), known),
                        Suggestions.nearest(key, known));
            }
        }
    }

    private @Nullable Integer indexOf(String path, FeatureSelection.View selected) {
        Integer existing = indexByAlias.get(selected.alias());
        if (existing == null) {
            checkKeyTypes(path, selected);
            indexByAlias.put(selected.alias(), views.size());
            views.add(selected);
            return views.size() - 1;
        }
        var other = views.get(existing);
        if (other.view().version().equals(selected.view().version())
                && other.keyColumns().equals(selected.keyColumns())) {
            return existing;
        }
        problem(
                path,
                "ambiguous_role",
                "'%s' already stands for %s with the keys %s; give %s a role of its own with 'as'"
                        .formatted(
                                selected.alias(),
                                other.view().version(),
                                other.keyColumns(),
                                selected.view().version()),
                List.of());
        return null;
    }

    private void checkKeyTypes(String path, FeatureSelection.View selected) {
        for (int i = 0; i < selected.keyColumns().size(); i++) {
            String column = selected.keyColumns().get(i);
            var type = selected.view().keys().get(i).type();
            var before = keyTypes.putIfAbsent(column, type);
            if (before != null && before != type) {
                problem(
                        path,
                        "conflicting_key_type",
                        "The request key '%s' would be both %s and, for %s, %s; map one to another name with 'keys'"
                                .formatted(column, before, selected.view().version(), type),
                        List.of());
            }
        }
    }

    private void addFeatures(String path, Item item, int viewIndex) {
        var view = views.get(viewIndex).view();
        if (item.features().isEmpty()) {
            view.features().forEach(feature -> addColumn(path, viewIndex, feature.name()));
            return;
        }
        var seen = new HashSet<String>();
        for (int i = 0; i < item.features().size(); i++) {
            String feature = item.features().get(i);
            String at = item.features().size() == 1 ? path : path + ".features[" + i + "]";
            if (!seen.add(feature)) {
                problem(at, "duplicate_feature", "'%s' is listed twice".formatted(feature), List.of());
            } else if (view.featuresOf(feature).isEmpty()) {
                unknownFeature(at, feature, view);
            } else {
                view.featuresOf(feature).forEach(name -> addColumn(at, viewIndex, name));
            }
        }
    }

    private void unknownFeature(String path, String feature, RegisteredView view) {
        var newest = versions.live(view.version().view()).reversed().values().stream()
                .filter(other -> !other.featuresOf(feature).isEmpty())
                .findFirst();
        int half = view.indexOf(feature);
        String elsewhere = half >= 0
                ? ", but as a part of '%s': list that, which means its keys and its values"
                        .formatted(view.features().get(half).definition().name())
                : newest.map(other ->
                                "; %s has it: pin it as '%s:%s'".formatted(other.version(), other.version(), feature))
                        .orElse("");
        var names = view.features().stream()
                .map(other -> other.definition().name())
                .distinct()
                .toList();
        problem(
                path,
                UNKNOWN_FEATURE,
                "%s has no feature named '%s'%s".formatted(view.version(), feature, elsewhere),
                Suggestions.nearest(feature, names));
    }

    private void addColumn(String path, int viewIndex, String feature) {
        var column = FeatureSelection.Column.stored(views, viewIndex, feature);
        if (column.name().length() > MAX_COLUMN_NAME) {
            problem(
                    path,
                    "name_too_long",
                    "The column name '%s' is longer than %s characters; use a shorter role with 'as'"
                            .formatted(column.name(), MAX_COLUMN_NAME),
                    List.of());
        } else if (columns.putIfAbsent(column.name(), column) != null) {
            problem(
                    path,
                    "duplicate_column",
                    "The column '%s' is already there; list each feature once, or give this one's view a role with 'as'"
                            .formatted(column.name()),
                    List.of());
        }
    }

    private void problem(String path, String code, String message, List<String> suggestions) {
        problems.add(new Problem(path, code, message, suggestions));
    }
}
