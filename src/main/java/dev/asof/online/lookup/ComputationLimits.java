package dev.asof.online.lookup;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What computing one lookup's on-demand features may take. For one computation. */
final class ComputationLimits {

    /** About a hundredth of a second. */
    private static final long LIGHT_STEPS = 2_000_000;

    private static final long STEPS_BETWEEN_LOOKS = 4_096;

    /** As values are counted here. They are held until the answer is written. */
    static final long MOST_BYTES = 32L << 20;

    private static final long OF_A_VALUE = 16;

    private final long mostSteps;
    private final long end;
    private long steps;
    private long bytes;

    private ComputationLimits(long mostSteps, Duration longest) {
        this.mostSteps = mostSteps;
        this.end = System.nanoTime() + longest.toNanos();
    }

    /**
     * Of what is computed on the spot.
     *
     * @param longest for what takes longer than foreseen, as a pattern may
     */
    static ComputationLimits light(Duration longest) {
        return new ComputationLimits(LIGHT_STEPS, longest);
    }

    /** Of what has a turn of {@link HeavyWork}, whose time is limited. */
    static ComputationLimits heavy() {
        return new ComputationLimits(Long.MAX_VALUE, Duration.ofDays(1));
    }

    /**
     * Whether there is room for so much more work.
     *
     * @throws java.util.concurrent.CancellationException when the turn is over
     */
    boolean allow(long more) {
        HeavyWork.goOn();
        long before = steps;
        steps += more;
        return steps <= mostSteps && (isSameInterval(before, steps) || System.nanoTime() - end <= 0);
    }

    /** Asking the clock takes longer than some evaluations. */
    private static boolean isSameInterval(long before, long after) {
        return before / STEPS_BETWEEN_LOOKS == after / STEPS_BETWEEN_LOOKS;
    }

    /**
     * Counts a value that was computed.
     *
     * @throws AsofException PAYLOAD_TOO_LARGE when they are too many to be held
     */
    void add(@Nullable Object value) {
        bytes += size(value);
        if (bytes > MOST_BYTES) {
            throw new AsofException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "The on-demand features of a lookup may come to %s MiB of texts and lists, and these to more; send its rows in parts"
                            .formatted(MOST_BYTES >> 20));
        }
    }

    private static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> OF_A_VALUE + 2L * text.length();
            case byte[] binary -> OF_A_VALUE + binary.length;
            case List<?> list -> OF_A_VALUE + sizeOf(list);
            case null, default -> OF_A_VALUE;
        };
    }

    private static long sizeOf(List<?> list) {
        if (list.isEmpty() || !(list.getFirst() instanceof String || list.getFirst() instanceof byte[])) {
            return OF_A_VALUE * list.size();
        }
        long size = 0;
        for (Object element : list) {
            size += size(element);
        }
        return size;
    }
}
