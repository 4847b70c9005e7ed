package dev.asof.training.dataset;

import dev.asof.registry.Metadata;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.Names;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.DatasetSpec;
import dev.asof.training.LeakageThresholds;
import dev.asof.training.SpineInput;
import dev.asof.training.historical.RequestPlanner;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Turns a request for a training dataset into a plan. */
@Component
class DatasetPlanner {

    private static final int MAX_TEXT = 10_000;

    private final RequestPlanner requests;
    private final Registry registry;

    DatasetPlanner(RequestPlanner requests, Registry registry) {
        this.requests = requests;
        this.registry = registry;
    }

    /**
     * Plans a request.
     *
     * @param upload the spine that came as a file; null when it stands in the request
     * @throws dev.asof.shared.AsofException as {@link RequestPlanner#plan}
     */
    DatasetPlan plan(TrainingDatasetRequest request, SpineInput.@Nullable Upload upload) {
        var violations = new Violations();
        checkName(request.name(), violations);
        var snapshot = registry.current();
        checkLabelSource(request.labelSource(), snapshot, violations);
        var splits =
                request.splits() == null ? Optional.<SplitPlan>empty() : SplitPlan.read(request.splits(), violations);
        var thresholds = LeakageThresholds.of(request.leakageThresholds(), violations);
        var metadata = metadata(request, violations);
        var plan = requests.plan(request.historicalFeatures(), upload, violations);
        var sources = request.labelSource() != null
                ? List.of(request.labelSource())
                : LabelSources.of(plan.spine(), snapshot);
        return new DatasetPlan(
                java.util.Objects.requireNonNull(request.name()),
                metadata,
                plan.query(),
                plan.spine(),
                new DatasetSpec.Label(
                        request.labelColumn(), request.labelTimestampColumn(), request.timeZone(), sources),
                splits,
                Boolean.TRUE.equals(request.failOnLeakage()),
                thresholds);
    }

    private static void checkName(@Nullable String name, Violations violations) {
        if (name == null) {
            violations.add(Violation.of("name", "missing", "Give the training dataset a name"));
        } else if (!Names.isValid(name)) {
            violations.add(Violation.of(
                    "name", "name", "'%s' can't be a dataset's name: use %s".formatted(name, Names.rule())));
        }
    }

    private static void checkLabelSource(@Nullable String source, RegistrySnapshot snapshot, Violations violations) {
        var names = snapshot.sources().stream()
                .map(known -> known.definition().id())
                .toList();
        if (source != null && !names.contains(source)) {
            violations.add(Violation.of(
                    "label_source",
                    "unknown_source",
                    "There is no source '%s'".formatted(source),
                    Suggestions.nearest(source, names)));
        }
    }

    private static Metadata metadata(TrainingDatasetRequest request, Violations violations) {
        var tags = new HashMap<String, String>();
        for (Map.Entry<String, @Nullable String> tag :
                Optional.ofNullable(request.tags()).orElse(Map.of()).entrySet()) {
            if (tag.getValue() == null) {
                violations.add(Violation.of("tags." + tag.getKey(), "type", "A tag's value is a text, not null"));
            } else {
                checkText("tags." + tag.getKey(), tag.getKey() + tag.getValue(), violations);
                tags.put(tag.getKey(), tag.getValue());
            }
        }
        checkText("description", request.description(), violations);
        checkText("owner", request.owner(), violations);
        return new Metadata(Optional.ofNullable(request.description()), Optional.ofNullable(request.owner()), tags);
    }

    private static void checkText(String path, @Nullable String text, Violations violations) {
        if (text != null && (text.length() > MAX_TEXT || text.indexOf(0) >= 0)) {
            violations.add(
                    Violation.of(path, "text", "Use at most %s characters, and no NUL character".formatted(MAX_TEXT)));
        }
    }
}
