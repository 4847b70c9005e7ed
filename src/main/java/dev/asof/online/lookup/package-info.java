/**
 * Lookups: from a request to a plan of rows, from rows to the answer, and the answer as JSON.
 */
@NullMarked
package dev.asof.online.lookup;

import org.jspecify.annotations.NullMarked;
