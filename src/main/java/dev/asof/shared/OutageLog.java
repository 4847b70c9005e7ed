package dev.asof.shared;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Warns of what many meet at once, such as a store that is away: once an outage, not once for each batch or request. An
 * outage is over when nobody has met it for a minute. What isn't told as a warning is told at level DEBUG.
 */
public final class OutageLog {

    /** After so long without anybody who met it, an outage is over. */
    public static final Duration QUIET = Duration.ofMinutes(1);

    private final Logger log;
    private final LongSupplier nanos;
    private final AtomicLong metAt;

    public OutageLog(Logger log) {
        this(log, System::nanoTime);
    }

    OutageLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.metAt = new AtomicLong(nanos.getAsLong() - QUIET.toNanos());
    }

    /** Tells that somebody met it, with arguments as SLF4J takes them. */
    public void met(String message, @Nullable Object... arguments) {
        long now = nanos.getAsLong();
        boolean begins = now - metAt.getAndSet(now) >= QUIET.toNanos();
        log.atLevel(begins ? Level.WARN : Level.DEBUG).log(message, arguments);
    }
}
