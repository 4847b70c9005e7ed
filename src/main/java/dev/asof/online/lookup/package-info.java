/**
 * Lookups: from a request to a plan of rows, and from rows to the answer.
 */
@NullMarked
package dev.asof.online.lookup;

import org.jspecify.annotations.NullMarked;
