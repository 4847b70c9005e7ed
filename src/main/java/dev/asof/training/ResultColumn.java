package dev.asof.training;

import dev.asof.shared.ValueType;

/** A column of the training rows. */
record ResultColumn(String name, ValueType type) {}
