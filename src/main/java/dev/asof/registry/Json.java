package dev.asof.registry;

/** The text of a {@code jsonb} value. */
record Json(String text) {}
