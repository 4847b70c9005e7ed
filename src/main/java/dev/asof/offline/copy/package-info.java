/** What copies of histories are made of: memory outside the heap, a key's rows in order, and trees of aggregates over them. */
@NullMarked
package dev.asof.offline.copy;

import org.jspecify.annotations.NullMarked;
