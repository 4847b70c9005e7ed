package dev.asof.training.spine;

import dev.asof.formats.HandedTexts;
import dev.asof.formats.ResultColumn;
import dev.asof.formats.TableReader;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.TrainingQuery;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads one spine to its end, checks every row, and writes it to where it is kept. */
public final class SpineLoader {

    private final OpenSpine spine;
    private final TrainingQuery query;
    private final ScalarType[] keyTypes;
    private final Map<String, ValueType> requestValues;
    private final List<int[]> keysOfAnyLength;
    private final ValueConverter.Options timeOptions;
    private final ValueConverter.Options otherOptions;
    private final List<@Nullable ColumnInference> inferences = new ArrayList<>();
    private final Violations violations = new Violations();
    private SpineColumns columns;

    public SpineLoader(OpenSpine spine, TrainingQuery query) {
        this.spine = spine;
        this.query = query;
        var keys = query.selection().requestKeys();
        this.keyTypes = keys.values().toArray(ScalarType[]::new);
        this.requestValues = query.selection().requestValues();
        this.keysOfAnyLength = keysOfAnyLength(query.selection());
        this.timeOptions = new ValueConverter.Options(query.zone(), false, false);
        this.otherOptions = new ValueConverter.Options(query.zone(), false, true);
        this.columns = SpineColumns.of(List.of(), query);
    }

    /**
     * Loads the spine into a file, where it counts only when all of it was good.
     *
     * @throws dev.asof.shared.AsofException MISSING_KEY or INVALID with every violation of the whole spine,
     *     MALFORMED_REQUEST when it can't be read
     */
    public LoadedSpine load(SpineFile file) {
        follow(spine.reader().columns());
        if (!spine.growing()) {
            if (columns.names().isEmpty()) {
                violations.add(Violation.of("spine", "empty", "The spine has no rows, or none with a column"));
            } else {
                columns.check(query, violations);
                checkReadable();
            }
            violations.throwIfAny("The spine is invalid");
        }
        long rows = 0;
        for (var row = spine.reader().next(); row != null; row = spine.reader().next()) {
            HeavyWork.goOn();
            follow(spine.reader().columns());
            load(row, rows++, file);
        }
        checkWhole(rows);
        violations.throwIfAny("The spine is invalid");
        file.finish();
        return new LoadedSpine(columns, resultColumns(), rows);
    }

    private void follow(List<TableReader.Column> seen) {
        if (seen.size() == columns.names().size()) {
            return;
        }
        columns = SpineColumns.of(seen, query);
        for (int i = inferences.size(); i < seen.size(); i++) {
            boolean isTyped = given(seen.get(i)).isPresent();
            inferences.add(isTyped ? null : new ColumnInference(spine.values()));
        }
    }

    /** The type that a definition, the request or the file says; empty where the values decide. */
    private Optional<ValueType> given(TableReader.Column column) {
        return Optional.ofNullable(requestValues.get(column.name()))
                .or(() -> Optional.ofNullable(query.types().get(column.name())))
                .or(() ->
                        column.form().<ValueType>map(_ -> handedThrough(column)).or(column::type));
    }

    private static ValueType handedThrough(TableReader.Column column) {
        return column.type().orElseThrow() instanceof ListType ? ListType.of(ScalarType.STRING) : ScalarType.STRING;
    }

    private void checkReadable() {
        for (var column : spine.reader().columns()) {
            column.unreadable()
                    .ifPresent(what -> violations.add(Violation.of(
                            column.name(),
                            "unreadable_column",
                            "The spine column '%s' is %s, which can't be read: leave it out, or write it as another type, such as a number or text"
                                    .formatted(column.name(), what))));
        }
    }

    private void load(@Nullable Object[] raw, long ordinal, SpineFile file) {
        var row = new SpineRow(raw, ordinal);
        var at = asOf(row);
        var keys = keys(row);
        var others = others(row);
        if (row.isGood && at instanceof Instant time) {
            file.add(time, keys, others);
        }
    }

    private @Nullable Object asOf(SpineRow row) {
        if (spine.growing() && columns.at() < 0) {
            return null;
        }
        Object raw = row.value(columns.at());
        if (raw == null || raw == InlineRows.ABSENT) {
            row.violate(query.asOfColumn(), "null_as_of", "the as-of time is missing: every spine row needs one");
            return null;
        }
        if (raw instanceof LocalDate date) {
            row.violate(
                    query.asOfColumn(),
                    "type",
                    "the as-of time is the date %s: cast it to a timestamp with a zone, which says when in that day"
                            .formatted(date));
            return null;
        }
        return row.converted(raw, query.asOfColumn(), ScalarType.TIMESTAMP, timeOptions);
    }

    private @Nullable Object[] keys(SpineRow row) {
        var values = new @Nullable Object[keyTypes.length];
        for (int i = 0; i < values.length; i++) {
            int position = columns.keys()[i];
            Object raw = row.value(position);
            if (raw == InlineRows.ABSENT) {
                row.violate(
                        columns.names().get(position),
                        "missing_key",
                        "the join key is missing: send it, or null for a key that isn't known");
            } else if (raw != null) {
                values[i] = row.converted(raw, columns.names().get(position), keyTypes[i], timeOptions);
            }
        }
        for (int[] key : keysOfAnyLength) {
            var encoded =
                    EntityKey.of(Arrays.stream(key).mapToObj(i -> values[i]).toList());
            if (encoded != null && encoded.isTooLong()) {
                row.violate(
                        columns.names().get(columns.keys()[key[0]]),
                        "key_too_long",
                        "the key is %s bytes encoded; at most %s are possible"
                                .formatted(encoded.bytes().length, EntityKey.MAX_BYTES));
            }
        }
        return values;
    }

    private @Nullable Object[] others(SpineRow row) {
        var values = new @Nullable Object[columns.others().length];
        for (int i = 0; i < values.length; i++) {
            int position = columns.others()[i];
            Object raw = row.value(position);
            if (requestValues.containsKey(columns.names().get(position))) {
                values[i] = requestValue(raw, columns.names().get(position), row);
                continue;
            }
            if (raw == null || raw == InlineRows.ABSENT) {
                continue;
            }
            var inference = inferences.get(position);
            if (inference == null) {
                var column = spine.reader().columns().get(position);
                var type = given(column).orElseThrow();
                var sent = HandedTexts.of(raw, type);
                // a NUL character can't be stored, but handed through
                values[i] = type == ScalarType.STRING && sent instanceof String
                        ? sent
                        : row.converted(sent, column.name(), type, otherOptions);
                continue;
            }
            values[i] = raw;
            String wrong = inference.add(raw);
            if (wrong != null) {
                row.violate(columns.names().get(position), "type", wrong);
            }
        }
        return values;
    }

    /** Typed as it is declared, as keys are: what the expressions read is what comes back. */
    private @Nullable Object requestValue(@Nullable Object raw, String name, SpineRow row) {
        if (raw == InlineRows.ABSENT) {
            row.violate(
                    name,
                    SpineColumns.MISSING_REQUEST_VALUE,
                    "the request value is missing: send it, or null for one that isn't known");
            return null;
        }
        if (raw == null) {
            return null;
        }
        var type = Objects.requireNonNull(requestValues.get(name));
        try {
            return ValueConverter.convert(raw, type, timeOptions);
        } catch (ValueConversionException e) {
            boolean isNumber = e.rule().equals(ValueConversionException.NON_FINITE);
            row.violate(
                    name,
                    e.rule(),
                    isNumber
                            ? "%s expected, of finite numbers: send null where there is none".formatted(type.typeName())
                            : e.explanation());
            return null;
        }
    }

    private void checkWhole(long rows) {
        if (spine.growing()) {
            columns.check(query, violations);
        }
        if (rows == 0 && columns.names().isEmpty()) {
            violations.add(Violation.of("spine", "empty", "The spine has no rows"));
        }
        for (int position : columns.others()) {
            var inference = inferences.get(position);
            String conflict = inference == null ? null : inference.conflict();
            if (conflict != null) {
                var name = columns.names().get(position);
                violations.add(Violation.of(name, "mixed_types", "The spine column '%s' %s".formatted(name, conflict)));
            }
        }
    }

    private List<ResultColumn> resultColumns() {
        var found = new ArrayList<ResultColumn>();
        for (int i = 0; i < inferences.size(); i++) {
            found.add(resultColumn(spine.reader().columns().get(i), inferences.get(i)));
        }
        for (int i = 0; i < keyTypes.length; i++) {
            int position = columns.keys()[i];
            found.set(position, new ResultColumn(columns.names().get(position), keyTypes[i]));
        }
        found.set(columns.at(), new ResultColumn(query.asOfColumn(), ScalarType.TIMESTAMP));
        return found;
    }

    private ResultColumn resultColumn(TableReader.Column column, @Nullable ColumnInference inference) {
        if (inference != null) {
            return new ResultColumn(column.name(), inference.type(), inference.form());
        }
        boolean isHandedThrough =
                !query.types().containsKey(column.name()) && !requestValues.containsKey(column.name());
        return new ResultColumn(
                column.name(),
                ofAnyLength(given(column).orElseThrow()),
                isHandedThrough ? column.form() : Optional.empty());
    }

    /** How long lists are is no part of a spine's columns. */
    private static ValueType ofAnyLength(ValueType type) {
        return switch (type) {
            case ListType list -> ListType.of(list.element());
            case ScalarType scalar -> scalar;
        };
    }

    /** Those of numbers and times alone are never too long. */
    private static List<int[]> keysOfAnyLength(FeatureSelection selection) {
        var types = selection.requestKeys();
        var names = List.copyOf(types.keySet());
        return selection.views().stream()
                .map(FeatureSelection.View::keyColumns)
                .filter(keys -> keys.stream().map(types::get).anyMatch(SpineLoader::isOfAnyLength))
                .distinct()
                .map(keys -> keys.stream().mapToInt(names::indexOf).toArray())
                .toList();
    }

    private static boolean isOfAnyLength(@Nullable ScalarType type) {
        return type == ScalarType.STRING || type == ScalarType.BYTES;
    }

    /** A row while it is checked. */
    private final class SpineRow {

        private final @Nullable Object[] raw;
        private final long ordinal;
        private boolean isGood = true;

        SpineRow(@Nullable Object[] raw, long ordinal) {
            this.raw = raw;
            this.ordinal = ordinal;
        }

        @Nullable
        Object value(int position) {
            return position >= 0 && position < raw.length ? raw[position] : null;
        }

        @Nullable
        Object converted(Object value, String column, ValueType type, ValueConverter.Options options) {
            try {
                return ValueConverter.convert(value, type, options);
            } catch (ValueConversionException e) {
                violate(column, e.rule(), e.explanation());
                return null;
            }
        }

        void violate(String column, String rule, String explanation) {
            isGood = false;
            violations.add(Violation.of(
                    "spine.rows[%s].%s".formatted(ordinal, column),
                    rule,
                    "Row %s, column '%s': %s".formatted(ordinal + 1, column, Objects.requireNonNull(explanation))));
        }
    }
}
