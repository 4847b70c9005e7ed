package dev.asof.offline.copy;

import dev.asof.registry.Known;
import java.util.function.LongPredicate;

/**
 * Which rows may be seen (rules A3, A4, A7).
 *
 * @param strict whether events at the as-of time itself are left out
 * @param batches whose rows count
 */
public record Admission(boolean strict, Known known, LongPredicate batches) {}
