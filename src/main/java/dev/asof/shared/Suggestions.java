package dev.asof.shared;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Near misses for a name that does not exist. */
public final class Suggestions {

    private static final int AT_MOST = 3;

    private Suggestions() {}

    /**
     * The names at most a third of the given name's length, rounded up, away from it in edits, whatever their case;
     * nearest first, at most three.
     */
    public static List<String> nearest(String name, Iterable<String> existing) {
        int threshold = Math.max(1, (Math.min(name.length(), 60) + 2) / 3);
        var distance = new LevenshteinDistance(threshold);
        String lower = name.toLowerCase(Locale.ROOT);
        record Candidate(String name, int distance) {}
        return StreamSupport.stream(existing.spliterator(), false)
                .distinct()
                .map(candidate -> new Candidate(candidate, distance.apply(lower, candidate.toLowerCase(Locale.ROOT))))
                .filter(candidate -> candidate.distance() >= 0)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(AT_MOST)
                .map(Candidate::name)
                .toList();
    }
}
