package dev.asof.support;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that tests set (rule T3). It goes on from there with the machine's, as what is put off by it would never come
 * while it stood still; or it stands, for tests that compare instants and wait for nothing.
 */
public final class MutableClock extends Clock {

    private record Setting(Instant instant, long atNanos) {}

    private final boolean ticks;
    private volatile Setting setting;

    private MutableClock(Instant now, boolean ticks) {
        this.ticks = ticks;
        this.setting = new Setting(now, System.nanoTime());
    }

    public static MutableClock ticking(Instant now) {
        return new MutableClock(now, true);
    }

    public static MutableClock standing(Instant now) {
        return new MutableClock(now, false);
    }

    public void set(Instant instant) {
        setting = new Setting(instant, System.nanoTime());
    }

    @Override
    public Instant instant() {
        var last = setting;
        return ticks ? last.instant().plus(Duration.ofNanos(System.nanoTime() - last.atNanos())) : last.instant();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
