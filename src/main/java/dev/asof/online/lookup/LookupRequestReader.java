package dev.asof.online.lookup;

import dev.asof.online.LookupRequest;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.JsonFailures;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads the body of a lookup and checks its shape; what its values mean is the plan's business. */
final class LookupRequestReader {

    /** What was asked, and how the answer is to be written. */
    record Asked(LookupRequest request, AnswerForm form) {}

    static final String STATUSES = "statuses";
    static final String EVENT_TIMESTAMPS = "event_timestamps";

    private static final Set<String> FIELDS =
            Set.of("feature_service", "features", "entities", "common", "include", "column_names");
    private static final Set<String> INCLUDES = Set.of(STATUSES, EVENT_TIMESTAMPS);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Map<String, @Nullable Object> body;
    private final Violations problems = new Violations();

    private LookupRequestReader(Map<String, @Nullable Object> body) {
        this.body = body;
    }

    /** @throws AsofException MALFORMED_REQUEST with line and column, or INVALID with every misshapen field */
    static Asked read(byte[] body, boolean int64AsText) {
        return new LookupRequestReader(parsed(body)).request(int64AsText);
    }

    /** Reads {@code include} as it stands in a body or in query parameters. */
    static Set<String> includes(List<?> asked, Violations problems) {
        var included = new HashSet<String>();
        for (Object name : asked) {
            if (name instanceof String text && INCLUDES.contains(text)) {
                included.add(text);
            } else {
                problems.add(unknown("include", String.valueOf(name), INCLUDES));
            }
        }
        return included;
    }

    /** Reads {@code column_names}: whether short names are asked for. */
    static boolean shortNames(@Nullable Object asked, Violations problems) {
        if (asked == null || asked.equals("full") || asked.equals("short")) {
            return "short".equals(asked);
        }
        problems.add(Violation.of("column_names", "unknown_value", "column_names is 'full' or 'short'"));
        return false;
    }

    private static Map<String, @Nullable Object> parsed(byte[] body) {
        try {
            Object tree = JSON.readValue(body, Object.class);
            return object(tree)
                    .orElseThrow(() -> new AsofException(
                            ErrorCode.MALFORMED_REQUEST,
                            "The body must be a JSON object such as {\"feature_service\": ...}"));
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private static AsofException malformed(JacksonException e) {
        var violation = JsonFailures.violation(e);
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST,
                "The body is not JSON%s: %s".formatted(JsonFailures.where(e), violation.message()),
                List.of(violation));
    }

    private Asked request(boolean int64AsText) {
        for (String field : body.keySet()) {
            if (!FIELDS.contains(field)) {
                problems.add(unknown(field, field, FIELDS));
            }
        }
        var included = includes(field("include").map(this::includeList).orElse(List.of()), problems);
        var form = new AnswerForm(included.contains(STATUSES), included.contains(EVENT_TIMESTAMPS), int64AsText);
        var request = new LookupRequest(
                field("feature_service").flatMap(this::serviceReference),
                field("features").map(this::featureReferences).orElse(List.of()),
                field("entities").map(this::entityRows),
                field("common").map(common -> row(common, "common")),
                shortNames(body.get("column_names"), problems));
        if (body.get("feature_service") == null == (body.get("features") == null)) {
            problems.add(Violation.of(
                    "feature_service", "one_of", "Send either feature_service or features, one of the two"));
        }
        problems.throwIfAny(PackedLookups::codeOf);
        return new Asked(request, form);
    }

    private Optional<Object> field(String name) {
        return Optional.ofNullable(body.get(name));
    }

    private Optional<String> serviceReference(Object value) {
        if (value instanceof String reference) {
            return Optional.of(reference);
        }
        problems.add(wrongShape("feature_service", "a name such as \"fraud_model\" or \"fraud_model@v3\""));
        return Optional.empty();
    }

    private List<String> featureReferences(Object value) {
        var references = new ArrayList<String>();
        if (value instanceof List<?> list && !list.isEmpty()) {
            list.stream()
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .forEach(references::add);
            if (references.size() == list.size()) {
                return references;
            }
        }
        problems.add(wrongShape("features", "a list of references such as \"view:feature\""));
        return List.of();
    }

    private List<?> includeList(Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        problems.add(wrongShape("include", "a list such as [\"statuses\", \"event_timestamps\"]"));
        return List.of();
    }

    private List<Map<String, @Nullable Object>> entityRows(Object value) {
        if (!(value instanceof List<?> list)) {
            problems.add(wrongShape("entities", "a list of objects, one for each row"));
            return List.of();
        }
        var rows = new ArrayList<Map<String, @Nullable Object>>(list.size());
        for (int i = 0; i < list.size(); i++) {
            rows.add(row(list.get(i), "entities[" + i + "]"));
        }
        return rows;
    }

    private Map<String, @Nullable Object> row(@Nullable Object value, String path) {
        return object(value).orElseGet(() -> {
            problems.add(wrongShape(path, "an object of join keys such as {\"card_id\": \"4111\"}"));
            return Map.of();
        });
    }

    @SuppressWarnings("unchecked")
    private static Optional<Map<String, @Nullable Object>> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? Optional.of((Map<String, @Nullable Object>) map) : Optional.empty();
    }

    private static Violation wrongShape(String path, String expected) {
        return Violation.of(path, "type", "%s must be %s".formatted(path, expected));
    }

    private static Violation unknown(String path, String name, Set<String> known) {
        return Violation.of(
                path,
                "unknown_field",
                "There is no '%s' here; use %s"
                        .formatted(
                                name, String.join(", ", known.stream().sorted().toList())),
                Suggestions.nearest(name, known));
    }
}
