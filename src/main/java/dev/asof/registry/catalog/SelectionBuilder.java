package dev.asof.registry.catalog;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ViewVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
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
    private final SelectedViews selected = new SelectedViews(problems);
    private final Map<String, FeatureSelection.Column> columns = new LinkedHashMap<>();

    public SelectionBuilder(ViewVersions versions) {
        this.versions = versions;
    }

    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    /** The selection so far; of use only without problems. */
    public FeatureSelection build(Optional<ServiceVersion> service, TrainingDefaults training) {
        return new FeatureSelection(
                service, selected.views(), List.copyOf(columns.values()), training, selected.onDemand());
    }

    /** @param path where the item stands, relative to whatever lists it */
    public void add(String path, Item item) {
        var views = versions.live(item.view());
        if (!views.isEmpty()) {
            var view = resolve(path, item, views, () -> versions.bare(item.view()));
            if (view != null) {
                addView(path, item, view);
            }
            return;
        }
        var onDemand = versions.liveOnDemand(item.view());
        if (onDemand.isEmpty()) {
            String name = item.view().value();
            problem(
                    path,
                    UNKNOWN_VIEW,
                    "There is no feature view named '%s'".formatted(name),
                    Suggestions.nearest(name, versions.names()));
            return;
        }
        var view = resolve(path, item, onDemand, () -> versions.bareOnDemand(item.view()));
        if (view != null) {
            addOnDemand(path, item, view);
        }
    }

    private void addView(String path, Item item, RegisteredView view) {
        var keys = view.keys().stream().map(RegisteredView.Key::name).toList();
        checkKeyMapping(path, item, view.version(), keys);
        Integer index = selected.add(path, view, alias(item), SelectedViews.keyColumns(view, item.keys()));
        if (index != null) {
            addFeatures(path, item, view, index);
        }
    }

    private void addOnDemand(String path, Item item, RegisteredOnDemandView view) {
        var keys = view.views().stream()
                .flatMap(of -> of.keys().stream())
                .map(RegisteredView.Key::name)
                .distinct()
                .toList();
        checkKeyMapping(path, item, view.version(), keys);
        Integer index = selected.add(path, view, alias(item), item.keys());
        if (index != null) {
            addFeatures(path, item, view, index);
        }
    }

    private static String alias(Item item) {
        return item.role().orElse(item.view().value());
    }

    private <V> @Nullable V resolve(String path, Item item, SortedMap<Integer, V> live, Supplier<Optional<V>> current) {
        String name = item.view().value();
        if (item.version().isPresent()) {
            var pinned = live.get(item.version().getAsInt());
            if (pinned == null) {
                String message = unknownVersion(name, item.version().getAsInt(), live.keySet());
                problem(path, UNKNOWN_VERSION, message, List.of());
            }
            return pinned;
        }
        var bare = current.get();
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

    private void checkKeyMapping(String path, Item item, ViewVersion view, List<String> known) {
        for (String key : item.keys().keySet()) {
            if (!known.contains(key)) {
                problem(
                        path + ".keys." + key,
                        "unknown_key",
                        "'%s' is no join key of %s; its keys are %s".formatted(key, view, known),
                        Suggestions.nearest(key, known));
            }
        }
    }

    private void addFeatures(String path, Item item, RegisteredView view, int index) {
        if (item.features().isEmpty()) {
            view.features().forEach(feature -> addColumn(path, stored(index, feature.name())));
            return;
        }
        listed(path, item, (at, feature) -> {
            if (view.featuresOf(feature).isEmpty()) {
                unknownFeature(at, feature, view);
            } else {
                view.featuresOf(feature).forEach(name -> addColumn(at, stored(index, name)));
            }
        });
    }

    private void addFeatures(String path, Item item, RegisteredOnDemandView view, int index) {
        if (item.features().isEmpty()) {
            view.features().forEach(feature -> addColumn(path, computed(index, feature.name())));
            return;
        }
        listed(path, item, (at, feature) -> {
            if (view.indexOf(feature) < 0) {
                unknownFeature(at, feature, view);
            } else {
                addColumn(at, computed(index, feature));
            }
        });
    }

    /** @param each takes where a feature stands and its name, once each */
    private void listed(String path, Item item, BiConsumer<String, String> each) {
        var seen = new HashSet<String>();
        for (int i = 0; i < item.features().size(); i++) {
            String feature = item.features().get(i);
            String at = item.features().size() == 1 ? path : path + ".features[" + i + "]";
            if (seen.add(feature)) {
                each.accept(at, feature);
            } else {
                problem(at, "duplicate_feature", "'%s' is listed twice".formatted(feature), List.of());
            }
        }
    }

    private FeatureSelection.Column stored(int view, String feature) {
        return FeatureSelection.Column.stored(selected.views(), view, feature);
    }

    private FeatureSelection.Column computed(int view, String feature) {
        return FeatureSelection.Column.computed(selected.onDemand(), view, feature);
    }

    private void unknownFeature(String path, String feature, RegisteredView view) {
        var newest = versions.live(view.version().view()).reversed().values().stream()
                .filter(other -> !other.featuresOf(feature).isEmpty())
                .findFirst();
        int half = view.indexOf(feature);
        String elsewhere = half >= 0
                ? ", but as a part of '%s': list that, which means its keys and its values"
                        .formatted(view.features().get(half).definition().name())
                : newest.map(other -> elsewhere(other.version(), feature)).orElse("");
        var names = view.features().stream()
                .map(other -> other.definition().name())
                .distinct()
                .toList();
        unknownFeature(path, feature, view.version(), elsewhere, names);
    }

    private void unknownFeature(String path, String feature, RegisteredOnDemandView view) {
        String elsewhere = versions.liveOnDemand(view.version().view()).reversed().values().stream()
                .filter(other -> other.indexOf(feature) >= 0)
                .findFirst()
                .map(other -> elsewhere(other.version(), feature))
                .orElse("");
        var names = view.features().stream()
                .map(RegisteredOnDemandView.Feature::name)
                .toList();
        unknownFeature(path, feature, view.version(), elsewhere, names);
    }

    private static String elsewhere(ViewVersion version, String feature) {
        return "; %s has it: pin it as '%s:%s'".formatted(version, version, feature);
    }

    private void unknownFeature(String path, String feature, ViewVersion view, String elsewhere, List<String> names) {
        problem(
                path,
                UNKNOWN_FEATURE,
                "%s has no feature named '%s'%s".formatted(view, feature, elsewhere),
                Suggestions.nearest(feature, names));
    }

    private void addColumn(String path, FeatureSelection.Column column) {
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
