package dev.asof.postgres;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads values of every {@link ValueType} from columns that Asof made. */
public final class ResultValues {

    private ResultValues() {}

    /** The value in a column counted from 1; null for SQL's null. */
    public static @Nullable Object read(ResultSet result, int column, ValueType type) throws SQLException {
        return switch (type) {
            case ScalarType scalar -> PostgresType.of(scalar).read(result, column);
            case ListType list -> list(result, column, PostgresType.of(list.element()));
        };
    }

    /** The texts in a column of {@code text[]} that is never null and holds no null. */
    public static List<String> texts(ResultSet result, String column) throws SQLException {
        var texts = list(result, result.findColumn(column), PostgresType.TEXT);
        return texts == null
                ? List.of()
                : texts.stream().map(String.class::cast).toList();
    }

    /** The numbers in a column of {@code smallint[]} that holds no null; none for SQL's null. */
    public static int[] shorts(ResultSet result, int column) throws SQLException {
        var numbers = list(result, column, PostgresType.INT2);
        return numbers == null
                ? new int[0]
                : numbers.stream().mapToInt(Integer.class::cast).toArray();
    }

    /** A timestamp that is never null. */
    public static Instant instant(ResultSet result, int column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable List<?> list(ResultSet result, int column, PostgresType element) throws SQLException {
        return switch (PostgresArray.read(result, column, element, ',')) {
            case null -> null;
            case List<?> list -> list;
            case Object other -> throw new SQLException("Not an array of %s: %s".formatted(element, other));
        };
    }
}
