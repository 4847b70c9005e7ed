package dev.planted.upper;

/** The face of a module. */
public record Upper() {}
