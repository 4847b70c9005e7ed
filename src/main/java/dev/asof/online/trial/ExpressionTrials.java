package dev.asof.online.trial;

import dev.asof.online.LookupAnswer;
import dev.asof.online.Lookups;
import dev.asof.online.ValueStatus;
import dev.asof.online.trial.ExpressionTrialRequest.RequestValue;
import dev.asof.online.trial.TrialValues.Filled;
import dev.asof.online.trial.TrialValues.Place;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.OnDemandTrial;
import dev.asof.registry.OnDemandTrials;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.Registry;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.EvaluationException;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Tries expressions: by the compiler and the evaluator that views have, over values or what a key has now. */
@Service
class ExpressionTrials {

    private static final String TRYING = "Trying the expression";
    private static final String FEATURE = "features[0].";
    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * What came of a trial.
     *
     * @param outcome empty when there was nothing to try it on
     * @param degraded whether features were read from elsewhere than the online store
     */
    record Tried(ValueType type, Optional<Outcome> outcome, Instant asOf, boolean degraded) {}

    /**
     * @param error why it failed; null unless it did, or when what it reads did
     * @param read what the expression read
     */
    record Outcome(
            @Nullable Object value,
            ValueStatus status,
            @Nullable String error,
            List<Filled> read) {}

    private final Registry registry;
    private final OnDemandTrials trials;
    private final Lookups lookups;
    private final HeavyWork heavy;
    private final Clock clock;

    ExpressionTrials(Registry registry, OnDemandTrials trials, Lookups lookups, HeavyWork heavy, Clock clock) {
        this.registry = registry;
        this.trials = trials;
        this.lookups = lookups;
        this.heavy = heavy;
        this.clock = clock;
    }

    /** @throws AsofException INVALID with everything that is wrong, or what a lookup is refused with */
    Tried run(ExpressionTrialRequest request) {
        checkShape(request);
        Instant asOf = asOf(request);
        return request.source() == null ? overFeatures(request, asOf) : overColumns(request, request.source(), asOf);
    }

    private static void checkShape(ExpressionTrialRequest request) {
        var problems = new Violations();
        if (request.expression() == null || request.expression().isBlank()) {
            problems.add(Violation.of("expression", "missing_field", "'expression' is missing: what is to be tried"));
        }
        if (request.source() != null && (request.inputs() != null || request.request() != null)) {
            problems.add(Violation.of(
                    "source",
                    "one_of",
                    "Send either source, whose columns the expression reads, or inputs and request: features and"
                            + " request values"));
        }
        if (request.source() != null && request.entity() != null) {
            problems.add(Violation.of(
                    "entity", "conflicting_fields", "Columns of a source have no key: send values, by their names"));
        }
        if (request.entity() != null && request.values() != null) {
            problems.add(Violation.of(
                    "values", "one_of", "Send either entity, to read features as they are now, or values"));
        }
        if (request.asOf() != null && request.values() == null) {
            problems.add(Violation.of(
                    "as_of", "conflicting_fields", "as_of goes with values; features are read as they are now"));
        }
        problems.throwIfAny(_ -> ErrorCode.INVALID);
    }

    private Instant asOf(ExpressionTrialRequest request) {
        String text = request.asOf();
        if (text == null) {
            return Timestamps.truncated(clock.instant());
        }
        return Timestamps.parse(text)
                .filter(Timestamps::isExact)
                .orElseThrow(() -> invalid(
                        "as_of", "type", "as_of is a time such as 2026-01-05T09:00:00Z, not '%s'".formatted(text)));
    }

    private static AsofException invalid(String path, String code, String message) {
        return new AsofException(ErrorCode.INVALID, message, List.of(Violation.of(path, code, message)));
    }

    private Tried overColumns(ExpressionTrialRequest request, String source, Instant asOf) {
        var columns =
                registry.current().source(new SourceName(source)).definition().columns();
        var program = heavy.run(TRYING, () -> compiled(request, columns));
        var places = columns.stream()
                .map(column -> new Place(
                        column.name(),
                        column.type(),
                        null,
                        new ValueConverter.Options(column.timeZone(), column.endOfDay(), column.nonFinite())))
                .toList();
        return tried(program, asOf, sent(request, places), false);
    }

    private static CompiledExpression compiled(ExpressionTrialRequest request, List<SourceColumn> columns) {
        var inputs = columns.stream()
                .map(column -> new ExpressionCompiler.Input(column.name(), column.type()))
                .toList();
        try {
            return ExpressionCompiler.compile(
                    Objects.requireNonNull(request.expression()), inputs, declaredType(request));
        } catch (ExpressionException e) {
            var violations = e.problems().stream()
                    .map(problem -> Violation.of(
                            "expression",
                            problem.code(),
                            "At line %s, column %s: %s".formatted(problem.line(), problem.column(), problem.message()),
                            problem.suggestions()))
                    .toList();
            throw new AsofException(ErrorCode.INVALID, violations.getFirst().message(), violations);
        }
    }

    private static Optional<ValueType> declaredType(ExpressionTrialRequest request) {
        String name = request.type();
        if (name == null) {
            return Optional.empty();
        }
        var type = ValueType.parse(name)
                .orElseThrow(() -> invalid("type", "unknown_type", "There is no type '%s'".formatted(name)));
        Integer length = request.length();
        return Optional.of(
                type instanceof ListType list && length != null && length > 0
                        ? ListType.of(list.element(), length)
                        : type);
    }

    private static Optional<TrialValues> sent(ExpressionTrialRequest request, List<Place> places) {
        var values = request.values();
        if (values == null) {
            return Optional.empty();
        }
        var problems = new Violations();
        var filled = TrialValues.of(places, values, "values", problems);
        problems.throwIfAny(_ -> ErrorCode.INVALID);
        return Optional.of(filled);
    }

    private Tried overFeatures(ExpressionTrialRequest request, Instant asOf) {
        var trial = resolved(definition(request));
        var program = trial.view().features().getFirst().program();
        var entity = request.entity();
        if (entity == null) {
            var places = places(trial.view());
            var values = sent(request, places).map(filled -> {
                filled.add(asOfPlace(), asOf, ValueStatus.PRESENT);
                return filled;
            });
            return tried(program, asOf, values, false);
        }
        return ofEntity(trial, program, entity, asOf);
    }

    private OnDemandTrial resolved(String definition) {
        try {
            return trials.resolve(definition);
        } catch (AsofException e) {
            throw new AsofException(
                    e.code(),
                    String.valueOf(e.getMessage()),
                    e.violations().stream()
                            .map(violation -> Violation.of(
                                    within(violation.path()),
                                    violation.code(),
                                    violation.message(),
                                    violation.suggestions()))
                            .toList());
        }
    }

    /** Where it stands in the request, of which the definition's one feature is a part. */
    private static @Nullable String within(@Nullable String path) {
        return path != null && path.startsWith(FEATURE) ? path.substring(FEATURE.length()) : path;
    }

    /** The names of the fields are those of an on-demand feature view's definition. */
    private static String definition(ExpressionTrialRequest request) {
        var feature = new LinkedHashMap<String, Object>();
        feature.put("name", "value");
        feature.put("expression", Objects.requireNonNull(request.expression()));
        if (request.type() != null) {
            feature.put("type", request.type());
        }
        if (request.length() != null) {
            feature.put("length", request.length());
        }
        var definition = new LinkedHashMap<String, @Nullable Object>();
        definition.put("inputs", request.inputs() == null ? List.of() : request.inputs());
        definition.put(
                "request",
                request.request() == null
                        ? List.of()
                        : request.request().stream()
                                .map(ExpressionTrials::fields)
                                .toList());
        definition.put("features", List.of(feature));
        return JSON.writeValueAsString(definition);
    }

    private static Map<String, Object> fields(@Nullable RequestValue value) {
        var fields = new LinkedHashMap<String, Object>();
        if (value != null) {
            Optional.ofNullable(value.name()).ifPresent(name -> fields.put("name", name));
            Optional.ofNullable(value.type()).ifPresent(type -> fields.put("type", type));
            Optional.ofNullable(value.length()).ifPresent(length -> fields.put("length", length));
        }
        return fields;
    }

    private static List<Place> places(RegisteredOnDemandView view) {
        var places = inputPlaces(view);
        view.request().forEach(value -> places.add(requestPlace(value)));
        return places;
    }

    private static List<Place> inputPlaces(RegisteredOnDemandView view) {
        var places = new ArrayList<Place>();
        for (int i = 0; i < view.inputs().size(); i++) {
            Input input = view.inputs().get(i);
            String bucketed = input.bucketed().orElse(null);
            String name = input.version().view() + "." + (bucketed == null ? input.feature() : bucketed);
            if (bucketed == null) {
                places.add(new Place(name, input.type(), null, ValueConverter.Options.STRICT));
            } else {
                i++;
                places.add(new Place(
                        name,
                        view.inputs().get(i).type().element(),
                        input.type().element(),
                        ValueConverter.Options.STRICT));
            }
        }
        return places;
    }

    private static Place requestPlace(OnDemandViewDefinition.RequestValue value) {
        return new Place(
                OnDemandViewDefinition.REQUEST + "." + value.name(), value.type(), null, ValueConverter.Options.STRICT);
    }

    private static Place asOfPlace() {
        return new Place(OnDemandViewDefinition.AS_OF, ScalarType.TIMESTAMP, null, ValueConverter.Options.STRICT);
    }

    private Tried ofEntity(
            OnDemandTrial trial, CompiledExpression program, Map<String, @Nullable Object> entity, Instant now) {
        var request = new LinkedHashMap<String, Place>();
        trial.view().request().forEach(value -> request.put(value.name(), requestPlace(value)));
        var ofLookup = new LinkedHashMap<>(entity);
        ofLookup.keySet().removeIf(name -> request.containsKey(name) && !isRead(trial.inputs(), name));
        Optional<LookupAnswer> answer = trial.inputs().columns().isEmpty()
                ? Optional.empty()
                : Optional.of(lookups.look(trial.inputs(), ofLookup));
        Instant asOf = answer.map(LookupAnswer::asOf).orElse(now);
        var problems = new Violations();
        var values = answer.map(found -> read(found, trial.view())).orElseGet(TrialValues::new);
        request.forEach((name, place) -> {
            if (entity.containsKey(name)) {
                Object value = TrialValues.converted(place, entity.get(name), "entity." + name, problems);
                values.add(place, value, value == null ? ValueStatus.NULL_VALUE : ValueStatus.PRESENT);
            } else {
                problems.add(Violation.of(
                        "entity." + name,
                        "missing_request_value",
                        "The request value '%s' (%s) is missing; send null where there is none"
                                .formatted(name, place.type())));
            }
        });
        problems.throwIfAny(_ -> ErrorCode.INVALID);
        values.add(asOfPlace(), asOf, ValueStatus.PRESENT);
        return tried(
                program,
                asOf,
                Optional.of(values),
                answer.filter(LookupAnswer::degraded).isPresent());
    }

    private static boolean isRead(FeatureSelection inputs, String column) {
        return inputs.requestKeys().containsKey(column)
                || inputs.requestValues().containsKey(column);
    }

    /** A bucketed aggregate is one column of an answer, as it is one place. */
    private static TrialValues read(LookupAnswer answer, RegisteredOnDemandView view) {
        var values = new TrialValues();
        var places = inputPlaces(view);
        for (int i = 0; i < places.size(); i++) {
            values.add(places.get(i), answer.rows().value(0, i), answer.rows().status(0, i));
        }
        return values;
    }

    private Tried tried(CompiledExpression program, Instant asOf, Optional<TrialValues> values, boolean degraded) {
        return new Tried(
                program.type(),
                values.map(filled -> heavy.run(TRYING, () -> outcome(program, filled))),
                asOf,
                degraded);
    }

    private static Outcome outcome(CompiledExpression program, TrialValues values) {
        var read = values.filled().stream()
                .filter(filled -> program.inputs().contains(filled.place().name()))
                .toList();
        try {
            Object value = program.evaluate(values.row());
            return new Outcome(value, status(value, read), null, read);
        } catch (EvaluationException e) {
            return new Outcome(null, ValueStatus.ERROR, e.getMessage(), read);
        }
    }

    private static ValueStatus status(@Nullable Object value, List<Filled> read) {
        return ValueStatus.ofComputed(value, isAny(read, ValueStatus.ERROR), isAny(read, ValueStatus.TRUNCATED));
    }

    private static boolean isAny(List<Filled> read, ValueStatus status) {
        return read.stream().anyMatch(filled -> filled.status() == status);
    }
}
