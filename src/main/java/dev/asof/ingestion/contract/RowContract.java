package dev.asof.ingestion.contract;

import dev.asof.registry.Expectation;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.TextPattern;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A source's contract, made ready to run for every row. */
record RowContract(
        List<Column> columns,
        int eventTimestamp,
        int tombstone,
        Set<String> nullTokens,
        List<Unique> unique,
        List<KeyGroup> keys,
        Duration maxFutureSkew) {

    /** A tombstone column that isn't there. */
    static final int NONE = -1;

    /**
     * @param required whether a row without a value is refused
     * @param requiredOfTombstones whether one that deletes its key is, too: it has its keys and times but no values
     */
    record Column(
            SourceColumn definition,
            ValueConverter.Options options,
            boolean required,
            boolean requiredOfTombstones,
            List<ColumnCheck> checks) {}

    /** Columns whose values, taken together, occur once in a batch. */
    record Unique(List<String> columns, SeenRows seen) {}

    /** The columns that make the key of a view. */
    record KeyGroup(List<String> columns, int[] positions) {}

    /** @throws AsofException CONFLICT when it has expectations that aren't allowed any more, which must change first */
    static RowContract of(RegisteredSource source, List<List<String>> keyColumns) {
        var definition = source.definition();
        var outdated = new Violations();
        var keyNames = new HashSet<String>();
        keyColumns.forEach(keyNames::addAll);
        var columns = new ArrayList<Column>();
        for (var column : source.columns()) {
            boolean isTime = column.name().equals(definition.eventTimestamp())
                    || definition.knownTimestamp().filter(column.name()::equals).isPresent();
            boolean isRowId = definition.isSnapshot() && definition.rowId().contains(column.name());
            columns.add(new Column(
                    column,
                    new ValueConverter.Options(column.timeZone(), column.endOfDay(), column.nonFinite()),
                    column.required() || isTime || isRowId,
                    isTime || isRowId || column.required() && keyNames.contains(column.name()),
                    checks(definition.expectations(), column, outdated)));
        }
        if (!outdated.isEmpty()) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "Rows can't be held to the contract of '%s': %s"
                            .formatted(
                                    definition.name(),
                                    outdated.shown().getFirst().message()),
                    outdated);
        }
        var unique = new ArrayList<Unique>();
        for (var expectation : definition.expectations()) {
            if (expectation instanceof Expectation.Unique(var names)) {
                unique.add(new Unique(names, new SeenRows(positions(source, names))));
            }
        }
        return new RowContract(
                List.copyOf(columns),
                definition.indexOf(definition.eventTimestamp()),
                definition.tombstone().map(definition::indexOf).orElse(NONE),
                Set.copyOf(definition.nullTokens()),
                List.copyOf(unique),
                keyColumns.stream()
                        .distinct()
                        .map(names -> new KeyGroup(names, positions(source, names)))
                        .toList(),
                definition.maxFutureSkew());
    }

    private static int[] positions(RegisteredSource source, List<String> names) {
        return names.stream().mapToInt(source.definition()::indexOf).toArray();
    }

    private static List<ColumnCheck> checks(List<Expectation> expectations, SourceColumn column, Violations outdated) {
        var checks = new ArrayList<ColumnCheck>();
        for (var expectation : expectations) {
            try {
                var check = check(expectation, column);
                if (check != null) {
                    checks.add(check);
                }
            } catch (TextPattern.RefusedException e) {
                outdated.add("outdated_pattern", () -> outdated(column, e));
            }
        }
        return List.copyOf(checks);
    }

    private static Violation outdated(SourceColumn column, TextPattern.RefusedException why) {
        return Violation.of(
                column.name(),
                "outdated_pattern",
                "The pattern that the column '%s' is expected to match was registered before what is allowed now: %s. Apply the source with another 'matches' for it, or with none; then send the rows again"
                        .formatted(column.name(), why.getMessage()));
    }

    private static @Nullable ColumnCheck check(Expectation expectation, SourceColumn column)
            throws TextPattern.RefusedException {
        String name = column.name();
        return switch (expectation) {
            case Expectation.Between between -> between.column().equals(name) ? ColumnCheck.of(between, column) : null;
            case Expectation.In in -> in.column().equals(name) ? ColumnCheck.of(in, column) : null;
            case Expectation.Matches matches -> matches.column().equals(name) ? ColumnCheck.of(matches) : null;
            case Expectation.Unique unique -> null;
        };
    }
}
