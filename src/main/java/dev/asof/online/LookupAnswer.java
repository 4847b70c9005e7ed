package dev.asof.online;

import dev.asof.registry.ServiceVersion;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a lookup was answered. */
public interface LookupAnswer {

    /**
     * A column of the answer.
     *
     * @param name in full or short, as asked for
     */
    record Column(String name, ValueType type) {}

    /**
     * Values by row and column, both counted from 0. They lie packed as they came from the store: a value is made when it is
     * asked for, each time anew.
     */
    interface Rows {

        List<Column> columns();

        int count();

        ValueStatus status(int row, int column);

        /** A value as {@link dev.asof.shared.FeatureRow} has it; null unless its status is {@code PRESENT}. */
        @Nullable
        Object value(int row, int column);

        /** When the event took place of the row that was read; null where the status is {@code NOT_FOUND}. */
        @Nullable
        Instant eventTimestamp(int row, int column);
    }

    /** The exact version of the service asked for; empty when features were listed. */
    Optional<ServiceVersion> service();

    /** The time at which the lookup was made. */
    Instant asOf();

    /** Whether values came from elsewhere than the online store. */
    boolean degraded();

    /** What is answered once for all rows, as one row; empty without {@code common} in the request. */
    Optional<? extends Rows> common();

    /** What is answered for each of the request's rows, in their order. */
    Rows rows();
}
