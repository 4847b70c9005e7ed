package dev.planted.lower;

import dev.planted.upper.Upper;

/** Depends on a module that its own may not know. */
public record LooksUp(Upper upper) {}
