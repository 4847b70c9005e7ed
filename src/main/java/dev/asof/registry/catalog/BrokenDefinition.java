package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;

/** A definition of a bundle that could be named but not built; what refers to it is not itself wrong. */
public record BrokenDefinition(DefinitionKind kind, String name) {}
