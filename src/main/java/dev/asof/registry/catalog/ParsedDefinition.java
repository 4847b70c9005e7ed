package dev.asof.registry.catalog;

import dev.asof.registry.Definition;

/** A definition and where in the bundle each of its parts stands. */
public record ParsedDefinition(Definition definition, Locations locations) {}
