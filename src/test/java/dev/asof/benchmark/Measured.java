package dev.asof.benchmark;

import java.util.Arrays;

/**
 * What one server did under load.
 *
 * @param latencies of every request, in nanoseconds
 * @param nanos how long it was measured
 * @param cpuNanos processor time of the server's process meanwhile
 */
@SuppressWarnings("ArrayRecordComponent")
record Measured(long[] latencies, long nanos, long cpuNanos) {

    static final Measured NOTHING = new Measured(new long[0], 0, 0);

    Measured {
        latencies = latencies.clone();
        Arrays.sort(latencies);
    }

    /** Both together. */
    Measured and(Measured other) {
        long[] all = Arrays.copyOf(latencies, latencies.length + other.latencies.length);
        System.arraycopy(other.latencies, 0, all, latencies.length, other.latencies.length);
        return new Measured(all, nanos + other.nanos, cpuNanos + other.cpuNanos);
    }

    double perSecond() {
        return latencies.length * 1e9 / nanos;
    }

    /** In milliseconds. */
    double percentile(double share) {
        return latencies.length == 0
                ? 0
                : latencies[(int) Math.min(latencies.length - 1, latencies.length * share)] / 1e6;
    }

    /** Processor time of the server a request, in microseconds. */
    double cpuMicros() {
        return cpuNanos / 1e3 / Math.max(1, latencies.length);
    }
}
