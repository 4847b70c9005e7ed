package dev.asof.registry;

import java.util.Optional;

/**
 * Where a table source's rows come from.
 *
 * @param schedule when it is read by itself, in the five fields of cron, in UTC; empty for on demand alone
 * @param connection the name of a configured connection; empty for the server's own database
 */
public record TableOrigin(Relation relation, Read read, Optional<String> schedule, Optional<String> connection) {

    /** What is read. */
    public sealed interface Relation {}

    /** A table or view, by its names as the catalog has them. */
    public record Table(String schema, String name) implements Relation {

        @Override
        public String toString() {
            return schema + "." + name;
        }
    }

    /** One SELECT. */
    public record Query(String sql) implements Relation {}

    /** What rows that were read before mean. */
    public enum Read {
        /** Rows are only added: those not read before are new; what is gone stays. */
        APPEND,
        /** The table is the state: by {@code row_id}, rows are new, changed, gone or the same. */
        SNAPSHOT;

        public static Optional<Read> of(String text) {
            return switch (text) {
                case "append" -> Optional.of(APPEND);
                case "snapshot" -> Optional.of(SNAPSHOT);
                default -> Optional.empty();
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    public boolean isSnapshot() {
        return read == Read.SNAPSHOT;
    }
}
