package dev.asof.support;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens in the background, with a deadline. */
public final class Eventually {

    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private Eventually() {}

    /** Waits until a condition holds; fails after half a minute with what is given then. */
    public static void until(BooleanSupplier holds, Supplier<?> otherwise) {
        within(DEADLINE, holds, otherwise);
    }

    /** Waits until a condition holds; fails after a time with what is given then. */
    public static void within(Duration deadline, BooleanSupplier holds, Supplier<?> otherwise) {
        long end = System.nanoTime() + deadline.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("Not within %s: %s".formatted(deadline, otherwise.get()));
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
