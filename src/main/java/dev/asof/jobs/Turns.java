package dev.asof.jobs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** How many jobs of a kind one server runs at once, and how many of those for one holder-up. */
final class Turns {

    private final Semaphore all;
    private final int ofOne;
    private final Map<String, Semaphore> lanes = new ConcurrentHashMap<>();

    Turns(int atOnce, int ofOne) {
        this.all = new Semaphore(atOnce);
        this.ofOne = ofOne;
    }

    boolean take(String lane) {
        if (!all.tryAcquire()) {
            return false;
        }
        if (lanes.computeIfAbsent(lane, _ -> new Semaphore(ofOne)).tryAcquire()) {
            return true;
        }
        all.release();
        return false;
    }

    void giveBack(String lane) {
        lanes.computeIfAbsent(lane, _ -> new Semaphore(ofOne)).release();
        all.release();
    }
}
