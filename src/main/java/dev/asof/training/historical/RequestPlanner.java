package dev.asof.training.historical;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.Names;
import dev.asof.shared.SourceName;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.SpineInput;
import dev.asof.training.TrainingQuery;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Turns a request into a checked query and the place its spine comes from. */
@Component
public class RequestPlanner {

    private static final String DEFAULT_AS_OF_COLUMN = "as_of";

    private final Registry registry;

    RequestPlanner(Registry registry) {
        this.registry = registry;
    }

    /** What to do: the query and its spine. */
    public record Plan(TrainingQuery query, SpineInput spine) {}

    /**
     * Plans a request.
     *
     * @param upload the spine that came as a file; null when it stands in the request
     * @throws AsofException INVALID with every violation of the request, NOT_FOUND for an unknown service or source,
     *     and whatever the registry says of features that can't be resolved
     */
    Plan plan(HistoricalFeaturesRequest request, SpineInput.@Nullable Upload upload) {
        return plan(request, upload, new Violations());
    }

    /**
     * As {@link #plan(HistoricalFeaturesRequest, SpineInput.Upload)}.
     *
     * @param violations what is wrong with the request already
     */
    public Plan plan(HistoricalFeaturesRequest request, SpineInput.@Nullable Upload upload, Violations violations) {
        checkChoices(request, upload, violations);
        var zone = zone(request.timeZone(), violations);
        var types = types(request.types(), violations);
        var known = known(request.known(), violations);
        violations.throwIfAny("The request is invalid");

        var snapshot = registry.current();
        var selection = selection(request, snapshot);
        var spine = upload != null ? upload : spine(request.spine(), snapshot);
        var query = new TrainingQuery(
                selection,
                asOfColumn(request, spine),
                zone,
                types,
                request.strict() != null
                        ? request.strict()
                        : selection.training().strict(),
                known.orElse(selection.training().known()));
        return new Plan(query, spine);
    }

    private static Optional<Known> known(@Nullable String text, Violations violations) {
        Optional<Known> known = Optional.ofNullable(text).flatMap(Known::parse);
        if (text != null && known.isEmpty()) {
            violations.add(Violation.of(
                    "known",
                    "type",
                    "Use latest, as_recorded or a timestamp with an offset such as 2026-11-21T07:48:00Z, not '%s'"
                            .formatted(text)));
        }
        return known;
    }

    private static void checkChoices(
            HistoricalFeaturesRequest request, SpineInput.@Nullable Upload upload, Violations violations) {
        if ((request.featureService() == null) == (request.features() == null)) {
            violations.add(
                    Violation.of("feature_service", "one_of", "Give exactly one of feature_service and features"));
        }
        if (request.features() != null && request.features().isEmpty()) {
            violations.add(Violation.of("features", "empty", "Name at least one feature"));
        }
        if (request.features() != null && request.features().stream().anyMatch(java.util.Objects::isNull)) {
            violations.add(Violation.of("features", "type", "A reference such as view:feature is a text, not null"));
        }
        var spine = request.spine();
        if (upload != null) {
            if (spine != null) {
                violations.add(
                        Violation.of("spine", "one_of", "The spine came as a file: leave it out of the request"));
            }
            return;
        }
        long given = spine == null
                ? 0
                : Stream.of(spine.rows(), spine.sql(), spine.source())
                        .filter(java.util.Objects::nonNull)
                        .count();
        if (given != 1) {
            violations.add(Violation.of(
                    "spine",
                    "one_of",
                    "Give the spine as exactly one of rows, sql and source, or as a file in a multipart request"));
        }
    }

    private static Optional<ZoneId> zone(@Nullable String text, Violations violations) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ZoneId.of(text));
        } catch (DateTimeException e) {
            violations.add(Violation.of(
                    "time_zone",
                    "unknown_time_zone",
                    "There is no time zone '%s': use a name such as America/New_York or UTC".formatted(text),
                    Suggestions.nearest(text, ZoneId.getAvailableZoneIds())));
            return Optional.empty();
        }
    }

    private static Map<String, ValueType> types(@Nullable Map<String, @Nullable String> named, Violations violations) {
        var types = new HashMap<String, ValueType>();
        for (Map.Entry<String, @Nullable String> entry :
                Optional.ofNullable(named).orElse(Map.of()).entrySet()) {
            var name = String.valueOf(entry.getValue());
            var type = ValueType.parse(name);
            if (type.isPresent()) {
                types.put(entry.getKey(), type.get());
            } else {
                violations.add(Violation.of(
                        "types." + entry.getKey(),
                        "unknown_type",
                        "There is no type '%s': use one such as FLOAT64 or STRING".formatted(name),
                        Suggestions.nearest(name, ValueType.allNames())));
            }
        }
        return types;
    }

    private static FeatureSelection selection(HistoricalFeaturesRequest request, RegistrySnapshot snapshot) {
        var features = request.features();
        return features != null
                ? snapshot.features(features)
                : snapshot.service(java.util.Objects.requireNonNull(request.featureService()));
    }

    private static SpineInput spine(HistoricalFeaturesRequest.@Nullable Spine spine, RegistrySnapshot snapshot) {
        var given = java.util.Objects.requireNonNull(spine);
        if (given.rows() != null) {
            return new SpineInput.Inline(given.rows());
        }
        if (given.sql() != null) {
            return new SpineInput.Sql(given.sql());
        }
        var name = java.util.Objects.requireNonNull(given.source());
        if (!Names.isValid(name)) {
            throw AsofException.notFound(
                    "source",
                    name,
                    snapshot.sources().stream()
                            .map(source -> source.definition().id())
                            .toList());
        }
        return new SpineInput.Source(snapshot.source(new SourceName(name)));
    }

    private static String asOfColumn(HistoricalFeaturesRequest request, SpineInput spine) {
        if (request.asOfColumn() != null) {
            return request.asOfColumn();
        }
        return spine instanceof SpineInput.Source source
                ? source.source().definition().eventTimestamp()
                : DEFAULT_AS_OF_COLUMN;
    }
}
