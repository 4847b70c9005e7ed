package dev.asof.ingestion.table;

import dev.asof.formats.TableReader;
import dev.asof.ingestion.contract.RawRow;
import dev.asof.registry.SourceDefinition;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Tells a table's rows apart by some of their columns: 128 bits of a hash of names and values. Nulls are left out, so
 * that a column without values makes no row new.
 */
final class RowFingerprint {

    /** What {@link #ofValues} makes; 1 is what {@link #asRead} made. */
    static final int VERSION = 2;

    private static final int BYTES = 16;

    private final List<TableReader.Column> columns;
    private final int[] positions;
    private final List<UnaryOperator<@Nullable Object>> values;
    private final byte[] begin;
    private final MessageDigest digest;

    private RowFingerprint(
            List<TableReader.Column> columns,
            Predicate<String> counts,
            List<UnaryOperator<@Nullable Object>> values,
            String begin) {
        this.columns = columns;
        this.values = values;
        this.begin = begin.getBytes(StandardCharsets.US_ASCII);
        var counting = new ArrayList<Integer>();
        for (int i = 0; i < columns.size(); i++) {
            if (counts.test(columns.get(i).name())) {
                counting.add(i);
            }
        }
        this.positions = counting.stream().mapToInt(Integer::intValue).toArray();
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Of values as the source's types have them. */
    static RowFingerprint ofValues(SourceTable table, SourceDefinition source, Predicate<String> counts) {
        var values = new ArrayList<UnaryOperator<@Nullable Object>>();
        for (int i = 0; i < table.columns().size(); i++) {
            var declared =
                    source.columns().get(source.indexOf(table.columns().get(i).name()));
            values.add(ComparedValues.of(declared, table.reading().get(i))::of);
        }
        return new RowFingerprint(table.columns(), counts, values, VERSION + ":");
    }

    /** Of values as they were read before there was {@link #ofValues}; what it gives must never change. */
    static RowFingerprint asRead(SourceTable table, Predicate<String> counts) {
        return new RowFingerprint(
                table.columns(),
                counts,
                table.columns().stream()
                        .<UnaryOperator<@Nullable Object>>map(_ -> RowFingerprint::asRead)
                        .toList(),
                "");
    }

    private static @Nullable Object asRead(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            return value;
        }
        var elements = new ArrayList<@Nullable Object>();
        list.forEach(element -> elements.add(element instanceof BigDecimal number ? number.doubleValue() : element));
        return elements;
    }

    byte[] of(@Nullable Object[] row) {
        var present = new ArrayList<TableReader.Column>(positions.length);
        var compared = new ArrayList<Object>(positions.length);
        for (int position : positions) {
            Object value = row[position];
            if (value != null) {
                present.add(columns.get(position));
                compared.add(Objects.requireNonNull(values.get(position).apply(value)));
            }
        }
        digest.update(begin);
        byte[] text = RawRow.of(present, compared.toArray()).getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(digest.digest(text), BYTES);
    }
}
