package dev.planted.upper.inside;

/** In a room of its module, which is no other module's to use. */
public final class Inside {}
