package dev.asof.materialization;

/**
 * One run of a job. A job that is resumed gets another run, and whatever is still at work for the one before stops at
 * its next step.
 *
 * @param number from 1
 */
record JobRun(long job, int number) {

    static JobRun parse(String text) {
        int dot = text.indexOf('.');
        return new JobRun(Long.parseLong(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
    }

    @Override
    public String toString() {
        return job + "." + number;
    }
}
