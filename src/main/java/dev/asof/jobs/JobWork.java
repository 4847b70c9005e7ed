package dev.asof.jobs;

import dev.asof.postgres.StoreOutage;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a kind of job does. */
public interface JobWork {

    /** The lane of jobs that share nothing with others that could hold them up. */
    String NO_LANE = "";

    /**
     * What a job is held up by if that hangs, such as a database: only so many that share it run at once. Empty when this
     * server can't run the job, and a newer one can.
     */
    default Optional<String> lane(JobRun run) {
        return Optional.of(NO_LANE);
    }

    /**
     * Does a job that was started, until it has ended. A failure is thrown, and the job is tried again.
     *
     * @param stopping asked now and then whether to stop early
     * @return false when it stopped early, and is to go on where it can run
     */
    boolean run(JobRun run, BooleanSupplier stopping);

    /** Whether a failure is none of the job's, so that it is tried again for as long as it takes. */
    default boolean isOutage(Throwable failure) {
        return StoreOutage.is(failure);
    }

    /** What a job's error says once it is given up. */
    String givenUp(Throwable cause, int failures);

    /** After a job's end, however it ended; again if this server dies before it returns. */
    default void ended(JobRun run) {}
}
