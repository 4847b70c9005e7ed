package dev.asof.registry;

import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A source with its data contract.
 *
 * @param table where a table source's rows are read; empty for a push source
 * @param eventTimestamp the TIMESTAMP column that says when a row happened; always required in a row
 * @param knownTimestamp the TIMESTAMP column that says when a row became available, if the source has one
 * @param knownAfter how long after its event a row becomes available, if that is fixed; never with
 *     {@code knownTimestamp}
 * @param tombstone the BOOLEAN column whose true deletes the row's key from its event timestamp on (rule I5)
 * @param rowId the columns whose values a correction repeats (rule W4); empty when every row is an event
 * @param nullTokens texts read as null, besides the empty CSV field
 * @param maxInvalidRatio the share of bad rows past which a batch of 100 rows or more is refused (rule I4)
 * @param maxFutureSkew how far ahead of the server's clock an event may be (rule T2)
 */
public record SourceDefinition(
        SourceName name,
        Optional<TableOrigin> table,
        List<SourceColumn> columns,
        String eventTimestamp,
        Optional<String> knownTimestamp,
        Optional<Duration> knownAfter,
        Optional<String> tombstone,
        List<String> rowId,
        List<String> nullTokens,
        List<Expectation> expectations,
        double maxInvalidRatio,
        Duration maxFutureSkew,
        Metadata metadata)
        implements Definition {

    public static final double DEFAULT_MAX_INVALID_RATIO = 0.05;
    public static final Duration DEFAULT_MAX_FUTURE_SKEW = Duration.ofMinutes(1);

    public SourceDefinition {
        columns = List.copyOf(columns);
        rowId = List.copyOf(rowId);
        nullTokens = List.copyOf(nullTokens);
        expectations = List.copyOf(expectations);
    }

    /** A push source. */
    public SourceDefinition(
            SourceName name,
            List<SourceColumn> columns,
            String eventTimestamp,
            Optional<String> knownTimestamp,
            Optional<Duration> knownAfter,
            Optional<String> tombstone,
            List<String> rowId,
            List<String> nullTokens,
            List<Expectation> expectations,
            double maxInvalidRatio,
            Duration maxFutureSkew,
            Metadata metadata) {
        this(
                name,
                Optional.empty(),
                columns,
                eventTimestamp,
                knownTimestamp,
                knownAfter,
                tombstone,
                rowId,
                nullTokens,
                expectations,
                maxInvalidRatio,
                maxFutureSkew,
                metadata);
    }

    /** A push source with the defaults for everything but its columns. */
    public static SourceDefinition of(SourceName name, List<SourceColumn> columns, String eventTimestamp) {
        return new SourceDefinition(
                name,
                columns,
                eventTimestamp,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                DEFAULT_MAX_INVALID_RATIO,
                DEFAULT_MAX_FUTURE_SKEW,
                Metadata.NONE);
    }

    /** This source with other columns, or other words about it. */
    public SourceDefinition with(List<SourceColumn> otherColumns, Metadata otherMetadata) {
        return new SourceDefinition(
                name,
                table,
                otherColumns,
                eventTimestamp,
                knownTimestamp,
                knownAfter,
                tombstone,
                rowId,
                nullTokens,
                expectations,
                maxInvalidRatio,
                maxFutureSkew,
                otherMetadata);
    }

    /** Whether it is a table that is compared with what was read before. */
    public boolean isSnapshot() {
        return table.filter(TableOrigin::isSnapshot).isPresent();
    }

    /**
     * Whether each row is a fact of its own time rather than the state that something is in since then: its row id
     * says when, too.
     */
    public boolean hasDatedRows() {
        return rowId.contains(eventTimestamp);
    }

    /** The position of a column, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        return -1;
    }

    public Optional<SourceColumn> column(String column) {
        return columns.stream()
                .filter(candidate -> candidate.name().equals(column))
                .findFirst();
    }

    @Override
    public DefinitionKind kind() {
        return DefinitionKind.SOURCE;
    }

    @Override
    public String id() {
        return name.value();
    }
}
