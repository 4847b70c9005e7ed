package dev.planted.lower.deep.er;

/** Two rooms deep. */
public final class Deep {}
