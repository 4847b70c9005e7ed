package dev.asof.online;

import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.transform.window.KeyTiles;
import java.util.Optional;

/**
 * What there is of a key of a view with aggregates, or some of it.
 *
 * @param newest the row of rule A1, for the features that are no aggregates; empty if there is none, or the view has none
 * @param tiles what the rows that count come to
 */
public record PublishedKey(EntityKey key, Optional<FeatureRow> newest, KeyTiles tiles) {}
