package dev.asof.online;

import dev.asof.registry.ServiceVersion;
import dev.asof.shared.ListType;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateResult;
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
     * @param type of its values; of a bucketed aggregate's, of the list of values that each of them has
     * @param keys the type of a bucketed aggregate's keys (rule W6), whose values are {@link AggregateResult.Buckets}; else empty
     */
    record Column(String name, ValueType type, Optional<ListType> keys) {}

    /**
     * Values by row and column, both counted from 0. They lie packed as they came from the store: a value is made when it is
     * asked for, each time anew.
     */
    interface Rows {

        List<Column> columns();

        int count();

        ValueStatus status(int row, int column);

        /**
         * A value as {@link dev.asof.shared.FeatureRow} has it, or {@link AggregateResult.Buckets}; null unless its status is {@code PRESENT}
         * or {@code TRUNCATED}, or it was computed without an input that has {@code ERROR}, as it has itself then.
         */
        @Nullable
        Object value(int row, int column);

        /**
         * When the event took place of the row that was read; null where the status is {@code NOT_FOUND}. Of an aggregate, when
         * the last event in its window took place; null if there is none. Of an on-demand feature the greatest of those that it reads.
         */
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
