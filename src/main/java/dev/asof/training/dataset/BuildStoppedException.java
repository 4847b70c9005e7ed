package dev.asof.training.dataset;

/** A build stops early: its dataset was cancelled, or its server stops. */
final class BuildStoppedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BuildStoppedException() {
        super("The build was stopped");
    }
}
