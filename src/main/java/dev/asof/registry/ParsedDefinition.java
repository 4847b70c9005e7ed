package dev.asof.registry;

/** A definition and where in the bundle each of its parts stands. */
record ParsedDefinition(Definition definition, Locations locations) {}
