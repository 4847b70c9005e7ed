package dev.asof.registry;

import java.util.List;
import java.util.Optional;

/** What a source promises of its values beyond their types. Null values satisfy every expectation. */
public sealed interface Expectation {

    /**
     * The value lies between two bounds, both included.
     *
     * @param min a value of the column's type, or a number for numeric columns; empty for no lower bound
     */
    record Between(String column, Optional<Object> min, Optional<Object> max) implements Expectation {}

    /** The value is one of these, each of the column's type. */
    record In(String column, List<Object> values) implements Expectation {
        public In {
            values = List.copyOf(values);
        }
    }

    /** The whole text matches the regular expression (RE2 syntax, matched in linear time). */
    record Matches(String column, String pattern) implements Expectation {}

    /** No two rows of one batch have the same values in these columns; rows with a null among them don't count. */
    record Unique(List<String> columns) implements Expectation {
        public Unique {
            columns = List.copyOf(columns);
        }
    }
}
