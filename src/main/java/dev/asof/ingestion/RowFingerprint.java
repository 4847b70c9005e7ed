package dev.asof.ingestion;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells a table's rows apart by some of their columns: 128 bits of a hash of names and values as they were read. What
 * the contract makes of a value is left out, so that another contract makes no row new; nulls are, so that a column
 * without values doesn't either.
 */
final class RowFingerprint {

    private static final int BYTES = 16;

    private final List<TableReader.Column> columns;
    private final int[] positions;
    private final MessageDigest digest;

    private RowFingerprint(List<TableReader.Column> columns, int[] positions) {
        this.columns = columns;
        this.positions = positions;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    static RowFingerprint of(List<TableReader.Column> columns, Predicate<String> counts) {
        var positions = new ArrayList<Integer>();
        for (int i = 0; i < columns.size(); i++) {
            if (counts.test(columns.get(i).name())) {
                positions.add(i);
            }
        }
        return new RowFingerprint(columns, positions.stream().mapToInt(Integer::intValue).toArray());
    }

    byte[] of(@Nullable Object[] row) {
        var present = new ArrayList<TableReader.Column>(positions.length);
        var values = new ArrayList<Object>(positions.length);
        for (int position : positions) {
            Object value = row[position];
            if (value != null) {
                present.add(columns.get(position));
                values.add(value);
            }
        }
        byte[] text = RawRow.of(present, values.toArray()).getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(digest.digest(text), BYTES);
    }
}
