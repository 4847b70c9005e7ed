/**
 * Tiles: what is kept in Postgres of stretches of time, for aggregates over long windows. Pure statements and the states' columns;
 * who keeps tiles true (batches, in their own transactions) and who makes them (work in the background).
 */
@NullMarked
@NamedInterface("tile")
package dev.asof.offline.tile;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
