package dev.asof.jobs;

/**
 * A kind of job, by the table that its jobs stand in. That has, besides what the kind itself knows of, the columns
 * {@code id}, {@code state}, {@code error}, {@code failures}, {@code created_at}, {@code started_at} and
 * {@code updated_at}, with an index on {@code (created_at, id)}; and {@code run} where jobs can be resumed. The
 * parameters are pieces of SQL, never anything from outside.
 *
 * @param name what the list calls it
 * @param table qualified
 * @param isResumable whether a job that failed or was cancelled can go on
 * @param anew assignments that take back what an attempt before has counted
 * @param listing how the list shows a job
 * @param tasks where the scheduler keeps its tasks
 */
public record JobKind(String name, String table, boolean isResumable, String anew, Listing listing, Tasks tasks) {

    /**
     * Expressions over a job's row.
     *
     * @param about what kind of thing it is about, such as {@code source}
     * @param subject the thing's name
     * @param version the thing's version; {@code null::integer} where it has none
     * @param rowsDone how many rows are done
     * @param rowsTotal how many there are, null while that isn't known
     * @param path of the kind's own resource
     */
    public record Listing(
            String about, String subject, String version, String rowsDone, String rowsTotal, String path) {}

    /**
     * Of db-scheduler.
     *
     * @param table qualified
     * @param name of the kind's task; servers of other versions know it too
     */
    public record Tasks(String table, String name) {}

    /** How a task names a run. Servers of other versions read and write it too. */
    String instance(JobRun run) {
        return isResumable ? run.job() + "." + run.number() : Long.toString(run.job());
    }

    JobRun run(String instance) {
        int dot = instance.indexOf('.');
        return dot < 0
                ? JobRun.only(Long.parseLong(instance))
                : new JobRun(Long.parseLong(instance.substring(0, dot)), Integer.parseInt(instance.substring(dot + 1)));
    }

    /** The name of a job's task, as an expression over the job's row. */
    String instanceExpression() {
        return isResumable ? "id || '.' || run" : "id::text";
    }
}
