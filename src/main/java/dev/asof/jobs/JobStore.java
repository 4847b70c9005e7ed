package dev.asof.jobs;

/** Keeps the jobs of a kind, with what only that kind knows of them. */
@FunctionalInterface
public interface JobStore {

    /** Where its jobs stand. */
    JobTable table();
}
