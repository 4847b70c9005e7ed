/** Trials: expressions that are evaluated once, over values or a key's current features, and not kept. */
@NullMarked
package dev.asof.online.trial;

import org.jspecify.annotations.NullMarked;
