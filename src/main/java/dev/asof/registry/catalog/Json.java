package dev.asof.registry.catalog;

/** The text of a {@code jsonb} value. */
public record Json(String text) {}
