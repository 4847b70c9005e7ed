package dev.asof.registry;

/** A definition of a bundle that could be named but not built; what refers to it is not itself wrong. */
record BrokenDefinition(DefinitionKind kind, String name) {}
