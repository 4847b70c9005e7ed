package dev.asof.registry.reading;

import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.registry.planning.ReservedNames;
import dev.asof.registry.planning.RowLimits;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads sources with their contract. */
final class SourceReader {

    /** The column by which a snapshot says that a row is gone, where the table has none for that itself. */
    private static final String VANISHED = "vanished";

    static final List<String> FIELDS = DefinitionReader.withCommon(
            "type",
            "columns",
            "event_timestamp",
            "known_timestamp",
            "known_after",
            "tombstone",
            "row_id",
            "null_tokens",
            "expectations",
            "max_invalid_ratio",
            "max_future_skew",
            "table",
            "query",
            "read",
            "schedule",
            "connection");

    private static final List<String> COLUMN_FIELDS =
            List.of("name", "type", "length", "required", "time_zone", "at", "non_finite", "description");
    private static final List<String> EVENT_TIMESTAMP_FIELDS = List.of("column", "time_zone", "at");

    private final Fields fields;

    /** Every column named, those of unknown type empty. */
    private final Map<String, Optional<SourceColumn>> columns = new LinkedHashMap<>();

    private boolean columnsSound = true;

    SourceReader(Fields fields) {
        this.fields = fields;
    }

    Optional<SourceDefinition> read(String name) {
        var metadata = DefinitionReader.metadata(fields);
        boolean isTable = isTable();
        var table = isTable ? TableOriginReader.read(fields) : Optional.<TableOrigin>empty();
        readColumns();
        if (table.filter(TableOrigin::isSnapshot).isPresent() && !fields.has("tombstone")) {
            addVanished();
        }
        var eventTimestamp = eventTimestamp();
        var known = columnOf("known_timestamp", ScalarType.TIMESTAMP);
        var knownAfter = fields.duration("known_after", Duration.ZERO);
        if (fields.has("known_timestamp") && fields.has("known_after")) {
            fields.report(
                    "known_after",
                    "conflicting_fields",
                    "A source has known_timestamp or known_after, not both: leave one out");
        }
        var tombstone = columnOf("tombstone", ScalarType.BOOLEAN)
                .or(() -> Optional.of(VANISHED)
                        .filter(_ -> table.filter(TableOrigin::isSnapshot).isPresent()));
        var rowId = columnNames("row_id");
        var nullTokens = fields.texts("null_tokens");
        var expectations =
                fields.list("expectations", item -> ExpectationReader.read(item, fields.findings(), columns));
        double ratio = fields.ratio("max_invalid_ratio").orElse(SourceDefinition.DEFAULT_MAX_INVALID_RATIO);
        var skew = fields.duration("max_future_skew", Duration.ZERO).orElse(SourceDefinition.DEFAULT_MAX_FUTURE_SKEW);
        if (!columnsSound || isTable && table.isEmpty()) {
            return Optional.empty();
        }
        var sound = columns.values().stream().flatMap(Optional::stream).toList();
        return Optional.of(new SourceDefinition(
                new SourceName(name),
                table,
                sound,
                eventTimestamp.orElse(""),
                known,
                knownAfter,
                tombstone,
                rowId,
                nullTokens,
                expectations,
                ratio,
                skew,
                metadata));
    }

    private boolean isTable() {
        var type = fields.text("type");
        if (type.filter("table"::equals).isPresent()) {
            return true;
        }
        TableOriginReader.FIELDS.stream()
                .filter(fields::has)
                .forEach(field -> fields.report(
                        field,
                        "conflicting_fields",
                        "'%s' belongs to table sources: set type: table".formatted(field)));
        type.filter(value -> !value.equals("push"))
                .ifPresent(value -> fields.report(
                        "type",
                        "bad_value",
                        "A source's type is push or table, not '%s'".formatted(value),
                        Suggestions.nearest(value, List.of("push", "table"))));
        return false;
    }

    /** Read back it is listed like any column, and so stands for itself. */
    private void addVanished() {
        if (columns.containsKey(VANISHED)) {
            fields.report(
                    "tombstone",
                    "missing_field",
                    "A snapshot marks rows that are gone by a BOOLEAN column, which would be called 'vanished' as yours"
                            + " is: name the one to use with 'tombstone'");
        }
        columns.putIfAbsent(VANISHED, Optional.of(SourceColumn.of(VANISHED, ScalarType.BOOLEAN)));
    }

    private void readColumns() {
        if (!fields.require("columns", "'columns' is missing: list them, such as [{name: ts, type: TIMESTAMP}]")
                || fields.isEmptyList("columns")) {
            if (fields.has("columns")) {
                fields.report("columns", "missing_field", "A source has at least one column, its event timestamp");
            }
            columnsSound = false;
            return;
        }
        var items = fields.items("columns");
        columnsSound = !items.isEmpty();
        for (var item : items) {
            Fields.of(item.node(), item.path(), fields.findings(), "A column", COLUMN_FIELDS)
                    .ifPresentOrElse(this::readColumn, () -> columnsSound = false);
        }
        var types = columns.values().stream()
                .flatMap(Optional::stream)
                .map(SourceColumn::type)
                .toList();
        if (!RowLimits.fits(types)) {
            fields.report("columns", "too_many", RowLimits.tooWide("columns"));
        }
    }

    private void readColumn(Fields column) {
        var name = column.requiredName("name");
        name.filter(ReservedNames::forSourceColumn)
                .ifPresent(value -> column.report(
                        "name",
                        "reserved_name",
                        "'%s' is kept for Asof's own columns: name the column otherwise".formatted(value)));
        column.require("type", "'type' is missing, such as STRING, INT64, FLOAT64 or TIMESTAMP");
        var type = column.type("type", "length");
        boolean required = column.bool("required").orElse(false);
        var zone = zone(column);
        var endOfDay = endOfDay(column);
        var nonFinite = column.bool("non_finite");
        type.ifPresent(value -> checkOptions(column, value));
        var description = column.text("description");
        columnsSound &= name.isPresent() && type.isPresent();
        name.ifPresent(value -> {
            if (columns.containsKey(value)) {
                column.report("name", "duplicate_column", "The column '%s' is listed twice: keep one".formatted(value));
                return;
            }
            columns.put(
                    value,
                    type.map(known -> new SourceColumn(
                            value,
                            known,
                            required,
                            zone,
                            endOfDay.orElse(false),
                            nonFinite.orElse(false),
                            description)));
        });
    }

    private static void checkOptions(Fields column, ValueType type) {
        ScalarType scalar = type.element();
        if (scalar != ScalarType.TIMESTAMP) {
            for (String field : List.of("time_zone", "at")) {
                if (column.has(field)) {
                    column.report(
                            field,
                            "wrong_type",
                            "Only TIMESTAMP columns have '%s'; this one is %s".formatted(field, type));
                }
            }
        }
        if (scalar != ScalarType.FLOAT32 && scalar != ScalarType.FLOAT64 && column.has("non_finite")) {
            column.report("non_finite", "wrong_type", "Only floats have non-finite values; this column is " + type);
        }
    }

    private static Optional<ZoneId> zone(Fields fields) {
        return fields.text("time_zone").flatMap(text -> {
            try {
                return Optional.of(ZoneId.of(text));
            } catch (DateTimeException e) {
                fields.report(
                        "time_zone",
                        "unknown_time_zone",
                        "There is no time zone '%s': use a name such as America/New_York, or UTC".formatted(text),
                        () -> nearestZones(text));
                return Optional.empty();
            }
        });
    }

    private static List<String> nearestZones(String text) {
        String spaceless = text.replace(' ', '_');
        var sameButCase = ZoneId.getAvailableZoneIds().stream()
                .filter(zone -> zone.equalsIgnoreCase(spaceless))
                .toList();
        return sameButCase.isEmpty() ? Suggestions.nearest(spaceless, ZoneId.getAvailableZoneIds()) : sameButCase;
    }

    private static Optional<Boolean> endOfDay(Fields fields) {
        return fields.text("at").flatMap(text -> switch (text) {
            case "end_of_day" -> Optional.of(true);
            case "start_of_day" -> Optional.of(false);
            default -> {
                fields.report("at", "bad_value", "at is start_of_day or end_of_day, not '%s'".formatted(text));
                yield Optional.empty();
            }
        });
    }

    /** The event timestamp's column, with the options given beside it put into the column. */
    private Optional<String> eventTimestamp() {
        if (!fields.require(
                "event_timestamp", "'event_timestamp' is missing: name the column that says when a row happened")) {
            return Optional.empty();
        }
        var node = fields.node("event_timestamp").orElseThrow();
        if (node instanceof ScalarNode) {
            return columnOf("event_timestamp", ScalarType.TIMESTAMP);
        }
        return Fields.of(
                        node,
                        fields.path("event_timestamp"),
                        fields.findings(),
                        "'event_timestamp'",
                        EVENT_TIMESTAMP_FIELDS)
                .flatMap(this::eventTimestamp);
    }

    private Optional<String> eventTimestamp(Fields options) {
        var name = options.requiredText("column")
                .filter(column -> checkColumn(column, ScalarType.TIMESTAMP, options.path("column")));
        var zone = zone(options);
        var endOfDay = endOfDay(options);
        var column = name.flatMap(value -> columns.getOrDefault(value, Optional.empty()));
        column.ifPresent(value -> columns.put(value.name(), Optional.of(merged(value, zone, endOfDay, options))));
        return name;
    }

    private static SourceColumn merged(
            SourceColumn column, Optional<ZoneId> zone, Optional<Boolean> endOfDay, Fields options) {
        if (zone.isPresent() && column.timeZone().isPresent() && !zone.equals(column.timeZone())) {
            options.report(
                    "time_zone",
                    "conflicting_fields",
                    "The column '%s' itself says time_zone: %s; keep one"
                            .formatted(column.name(), column.timeZone().get()));
        }
        return new SourceColumn(
                column.name(),
                column.type(),
                column.required(),
                zone.or(column::timeZone),
                endOfDay.orElse(column.endOfDay()),
                column.nonFinite(),
                column.description());
    }

    /** The column a field names, checked; a column that is wrong is reported and left out. */
    private Optional<String> columnOf(String field, ScalarType type) {
        return fields.text(field).filter(column -> checkColumn(column, type, fields.path(field)));
    }

    private boolean checkColumn(String column, ScalarType type, String path) {
        if (!ExpectationReader.checkKnown(column, path, fields.findings(), columns)) {
            return false;
        }
        var known = columns.getOrDefault(column, Optional.empty());
        if (known.isPresent() && known.get().type() != type) {
            fields.findings()
                    .add(
                            path,
                            "wrong_type",
                            "The column '%s' is %s; this one must be %s"
                                    .formatted(column, known.get().type(), type));
            return false;
        }
        return true;
    }

    private List<String> columnNames(String field) {
        var names = new ArrayList<String>();
        for (var item : fields.items(field)) {
            fields.text(item.node(), item.path()).ifPresent(name -> {
                ExpectationReader.checkListed(name, names, item.path(), fields.findings(), columns);
                names.add(name);
            });
        }
        return names;
    }
}
