package dev.asof.online;

import java.util.Optional;

/**
 * The fencing token that a Redis process carries, and whether it holds all rows. It names the process, so that a copy
 * of the data in another one (a restart from a snapshot, a replica that was promoted) is known to be a copy.
 *
 * @param complete whether all rows are there that no record of work in Postgres names; else they are being brought
 * @param generation grows each time a process is taken into service
 * @param store the offline store whose rows these are
 * @param runId of the process
 * @param replicationId of its data's history, which is another one when it was a replica in between
 */
public record NodeMark(boolean complete, long generation, String store, String runId, String replicationId) {

    private static final String COMPLETE = "complete";
    private static final String HEALING = "healing";

    /** Reads a mark's text; empty when it is none. */
    public static Optional<NodeMark> parse(String text) {
        String[] parts = text.split(" ");
        boolean complete = parts[0].equals(COMPLETE);
        if (parts.length != 5 || !(complete || parts[0].equals(HEALING))) {
            return Optional.empty();
        }
        try {
            return Optional.of(new NodeMark(complete, Long.parseLong(parts[1]), parts[2], parts[3], parts[4]));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The mark as it stands in Redis. */
    public String text() {
        return (complete ? COMPLETE : HEALING) + " " + token();
    }

    /** The fencing token: what stays the same while the process is in service. */
    public String token() {
        return "%s %s %s %s".formatted(generation, store, runId, replicationId);
    }

    public NodeMark asComplete() {
        return new NodeMark(true, generation, store, runId, replicationId);
    }
}
