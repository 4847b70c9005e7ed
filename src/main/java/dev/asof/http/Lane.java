package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;

/** The requests of one kind that are under way, counted and weighed. */
final class Lane {

    private final String name;
    private final int maxRequests;
    private final long maxBytes;
    private final long maxHeld;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param maxRequests at once
     * @param maxBytes that their bodies may hold in memory together; a single one may hold more
     * @param maxHeld how much of one body is held in memory at most
     */
    Lane(String name, int maxRequests, long maxBytes, long maxHeld) {
        this.name = name;
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
        this.maxHeld = maxHeld;
    }

    String name() {
        return name;
    }

    /** What a body holds in memory; one of unknown length as much as any may. */
    long weight(long contentLength) {
        return contentLength < 0 ? maxHeld : Math.min(contentLength, maxHeld);
    }

    /** Whether there is no place now. */
    boolean isFull() {
        return requests.get() >= maxRequests;
    }

    /** What to tell who found no place. */
    AsofException full() {
        return new AsofException(
                ErrorCode.TOO_MANY_REQUESTS,
                "As many %s as this server takes at once are under way: try again in a moment".formatted(name));
    }

    /** Takes a place; false, and nothing taken, when there is none. */
    boolean enter(long weight) {
        if (requests.incrementAndGet() > maxRequests) {
            requests.decrementAndGet();
            return false;
        }
        long together = bytes.addAndGet(weight);
        if (together > maxBytes && together > weight) {
            leave(weight);
            return false;
        }
        return true;
    }

    void leave(long weight) {
        bytes.addAndGet(-weight);
        requests.decrementAndGet();
    }
}
