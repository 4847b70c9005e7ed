package dev.asof.offline.copy;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a view version with aggregates.
 *
 * @param timelines each key's rows in order
 * @param ids which rows are of one id; null where every row is an event
 * @param reading to be held while timelines and ids are read
 */
public record History(
        Timelines timelines, CopiedRows rows, @Nullable RowIds ids, Lock reading) {}
