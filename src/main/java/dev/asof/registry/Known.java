package dev.asof.registry;

import java.time.Instant;

/** Rule A4: which rows count, by when they became known. */
public sealed interface Known {

    /** Every row stored now. */
    record Latest() implements Known {}

    /** Rows known at each spine row's as-of time. */
    record AsRecorded() implements Known {}

    /** Rows known at one instant. */
    record At(Instant instant) implements Known {}
}
