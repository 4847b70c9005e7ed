package dev.asof.support;

import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;

/** Seeds of random histories: those that stay, and one of each run's own, which its test's name and this print. */
public final class Seeds {

    private static final String AGAIN = "asof.seed";
    private static final long OF_THIS_RUN =
            Long.getLong(AGAIN, ThreadLocalRandom.current().nextLong(1_000, 1_000_000_000));

    private Seeds() {}

    /** One to so many, and this run's; {@code -Dasof.seed} repeats that of another run. */
    public static LongStream upTo(int last) {
        System.out.printf("The seed of this run: -D%s=%s%n", AGAIN, OF_THIS_RUN);
        return LongStream.concat(LongStream.rangeClosed(1, last), LongStream.of(OF_THIS_RUN));
    }
}
