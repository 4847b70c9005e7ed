package dev.asof.jobs;

/**
 * One run of a job. A job that is resumed gets another run, and whatever is still at work for the one before stops at
 * its next step.
 *
 * @param job its id
 * @param number from 1
 */
public record JobRun(long job, int number) {

    /** The run of a job that can't be resumed. */
    public static JobRun only(long job) {
        return new JobRun(job, 1);
    }
}
