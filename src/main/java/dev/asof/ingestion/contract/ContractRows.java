package dev.asof.ingestion.contract;

import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReader;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Shown;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Holds rows to their source's contract, whatever format they came in. */
final class ContractRows implements IncomingRows {

    private static final int IGNORED = -1;
    private static final int MAX_UTF8_PER_CHARACTER = 3;
    private static final int KEY_PART_OVERHEAD = 9;

    private final TableReader reader;
    private final RowContract contract;
    private final Clock clock;
    private final List<String> ignored = new ArrayList<>();
    private static final int LONGEST_MESSAGE = 1_000;

    private final List<RowViolation> violations = new ArrayList<>();
    private int[] positions = {};
    private Instant latest;

    private ContractRows(TableReader reader, RowContract contract, Clock clock) {
        this.reader = reader;
        this.contract = contract;
        this.clock = clock;
        this.latest = clock.instant().plus(contract.maxFutureSkew());
    }

    /**
     * Rows of a file for a source; closes the reader when it is closed or when this fails.
     *
     * @param keyColumns for each live view of the source, the columns that its key is made of
     * @throws AsofException CONTRACT_VIOLATED when the file has a header that lacks a required column, CONFLICT when the
     *     contract has expectations that aren't allowed any more
     */
    static IncomingRows of(
            RowFormat format, TableReader reader, RegisteredSource source, List<List<String>> keyColumns, Clock clock) {
        try {
            var rows = new ContractRows(reader, RowContract.of(source, keyColumns), clock);
            rows.mapNewColumns();
            switch (format) {
                case CSV -> rows.checkHeader(source);
                case PARQUET -> {
                    rows.checkHeader(source);
                    rows.checkReadable();
                }
                case JSON, NDJSON -> {}
            }
            return rows;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void checkHeader(RegisteredSource source) {
        var sent = reader.columns().stream().map(TableReader.Column::name).toList();
        var missing = contract.columns().stream()
                .filter(RowContract.Column::required)
                .map(column -> column.definition().name())
                .filter(name -> !sent.contains(name))
                .map(name -> Violation.of(
                        name,
                        "missing_column",
                        "The contract of '%s' requires the column '%s', and the file has none of that name"
                                .formatted(source.definition().name(), name),
                        Suggestions.nearest(name, sent)))
                .toList();
        if (!missing.isEmpty()) {
            throw new AsofException(
                    ErrorCode.CONTRACT_VIOLATED,
                    "The file lacks columns that the contract of '%s' requires: %s"
                            .formatted(
                                    source.definition().name(),
                                    missing.stream().map(Violation::path).collect(Collectors.joining(", "))),
                    missing);
        }
    }

    private void checkReadable() {
        var unreadable = reader.columns().stream()
                .filter(column -> column.unreadable().isPresent() && positionOf(column.name()) != IGNORED)
                .map(column -> Violation.of(
                        column.name(),
                        "unreadable_column",
                        "The column '%s' of the Parquet file is %s, which can't be read: write it as another type, such as a number or text"
                                .formatted(column.name(), column.unreadable().orElseThrow())))
                .toList();
        if (!unreadable.isEmpty()) {
            throw new AsofException(ErrorCode.CONTRACT_VIOLATED, "The file has columns that can't be read", unreadable);
        }
    }

    private void mapNewColumns() {
        var sent = reader.columns();
        if (sent.size() == positions.length) {
            return;
        }
        int known = positions.length;
        positions = Arrays.copyOf(positions, sent.size());
        for (int i = known; i < positions.length; i++) {
            positions[i] = positionOf(sent.get(i).name());
            if (positions[i] == IGNORED) {
                ignored.add(sent.get(i).name());
            }
        }
    }

    private int positionOf(String name) {
        for (int i = 0; i < contract.columns().size(); i++) {
            if (contract.columns().get(i).definition().name().equals(name)) {
                return i;
            }
        }
        return IGNORED;
    }

    @Override
    public @Nullable IncomingRow next() {
        @Nullable Object[] raw = reader.next();
        if (raw == null) {
            return null;
        }
        mapNewColumns();
        violations.clear();
        @Nullable Object[] values = converted(raw);
        checkPresence(raw, values);
        checkTime(values);
        checkKeys(values);
        checkUnique(values);
        if (violations.isEmpty()) {
            contract.unique().forEach(unique -> unique.seen().addLast());
            return new IncomingRow.Accepted(reader.rowNumber(), values);
        }
        return new IncomingRow.Refused(reader.rowNumber(), RawRow.of(reader.columns(), raw), List.copyOf(violations));
    }

    private @Nullable Object[] converted(@Nullable Object[] raw) {
        @Nullable Object[] values = new @Nullable Object[contract.columns().size()];
        for (int i = 0; i < raw.length; i++) {
            Object sent = raw[i];
            int position = positions[i];
            if (sent != null && position != IGNORED && !isNullToken(sent)) {
                values[position] = converted(sent, contract.columns().get(position));
            }
        }
        return values;
    }

    private boolean isNullToken(Object sent) {
        return sent instanceof String text
                && !contract.nullTokens().isEmpty()
                && contract.nullTokens().contains(text);
    }

    private @Nullable Object converted(Object sent, RowContract.Column column) {
        Object value;
        try {
            value = ValueConverter.convert(sent, column.definition().type(), column.options());
        } catch (ValueConversionException e) {
            violate(column.definition().name(), e.rule(), sent, e.explanation());
            return null;
        }
        for (var check : column.checks()) {
            if (!check.accepts(value)) {
                violate(
                        column.definition().name(),
                        check.rule(),
                        sent,
                        "The value of '%s' should be %s"
                                .formatted(column.definition().name(), check.expected()));
            }
        }
        return value;
    }

    private void checkPresence(@Nullable Object[] raw, @Nullable Object[] values) {
        boolean deletes = contract.tombstone() != RowContract.NONE && Boolean.TRUE.equals(values[contract.tombstone()]);
        for (int i = 0; i < values.length; i++) {
            var column = contract.columns().get(i);
            boolean required = deletes ? column.requiredOfTombstones() : column.required();
            if (required && values[i] == null && !wasRefused(column.definition())) {
                violate(
                        column.definition().name(),
                        "required",
                        sentFor(raw, i),
                        "The column '%s' must have a value"
                                .formatted(column.definition().name()));
            }
        }
    }

    private boolean wasRefused(SourceColumn column) {
        return violations.stream().anyMatch(violation -> column.name().equals(violation.column()));
    }

    private @Nullable Object sentFor(@Nullable Object[] raw, int position) {
        for (int i = 0; i < raw.length; i++) {
            if (positions[i] == position) {
                return raw[i];
            }
        }
        return null;
    }

    private void checkTime(@Nullable Object[] values) {
        if (!(values[contract.eventTimestamp()] instanceof Instant event) || !event.isAfter(latest)) {
            return;
        }
        latest = clock.instant().plus(contract.maxFutureSkew());
        if (event.isAfter(latest)) {
            violate(
                    contract.columns()
                            .get(contract.eventTimestamp())
                            .definition()
                            .name(),
                    "too_far_in_the_future",
                    event,
                    "The event is more than %s ahead of the server's clock"
                            .formatted(Durations.format(contract.maxFutureSkew())));
        }
    }

    private void checkKeys(@Nullable Object[] values) {
        for (var group : contract.keys()) {
            if (mayBeTooLong(values, group.positions()) && isTooLong(values, group.positions())) {
                violate(
                        group.columns().size() == 1 ? group.columns().getFirst() : null,
                        "key_too_long",
                        values[group.positions()[0]],
                        "The key made of %s takes more than %s bytes".formatted(group.columns(), EntityKey.MAX_BYTES));
            }
        }
    }

    private static boolean mayBeTooLong(@Nullable Object[] values, int[] key) {
        long bytes = 0;
        for (int position : key) {
            bytes += KEY_PART_OVERHEAD;
            if (values[position] instanceof String text) {
                bytes += (long) MAX_UTF8_PER_CHARACTER * text.length();
            } else if (values[position] instanceof byte[] binary) {
                bytes += binary.length;
            }
        }
        return bytes > EntityKey.MAX_BYTES;
    }

    private static boolean isTooLong(@Nullable Object[] values, int[] key) {
        var parts = new ArrayList<@Nullable Object>(key.length);
        for (int position : key) {
            parts.add(values[position]);
        }
        var encoded = EntityKey.of(parts);
        return encoded != null && encoded.isTooLong();
    }

    private void checkUnique(@Nullable Object[] values) {
        for (var unique : contract.unique()) {
            if (unique.seen().contains(values)) {
                violate(
                        unique.columns().size() == 1 ? unique.columns().getFirst() : null,
                        "unique",
                        values[positionOf(unique.columns().getFirst())],
                        "An earlier row of this batch has the same %s".formatted(String.join(", ", unique.columns())));
            }
        }
    }

    private void violate(@Nullable String column, String rule, @Nullable Object sent, String message) {
        if (violations.size() == Violations.SHOWN) {
            return;
        }
        violations.add(new RowViolation(
                reader.rowNumber(), column, rule, RawRow.shown(sent), Shown.cut(message, LONGEST_MESSAGE)));
    }

    @Override
    public List<String> ignoredColumns() {
        return List.copyOf(ignored);
    }

    @Override
    public void close() {
        reader.close();
    }
}
