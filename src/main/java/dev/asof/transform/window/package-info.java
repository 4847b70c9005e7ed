/**
 * Windows of time and the aggregates over them: where a window begins and ends (rules W1 and W5), what an aggregate keeps of
 * rows, how two such states merge and what comes of them (W2, W3, W6). Pure computation, the only one there is; where SQL
 * has a second form of it, tests drive both with the same cases.
 */
@NullMarked
@NamedInterface("window")
package dev.asof.transform.window;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
