package dev.asof.http;

/**
 * Who calls. A handler that takes one gets the caller of its request.
 *
 * @param name as it is stored with what the caller orders; idempotency keys are unique within it. Never null
 */
public record Caller(String name) {

    /** Until callers have names of their own, all are the same one. */
    static final Caller EVERYBODY = new Caller("everybody");
}
