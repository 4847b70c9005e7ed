package dev.asof.training.leakage;

import dev.asof.shared.Timestamps;
import dev.asof.training.Split;
import java.util.Arrays;
import java.util.List;

/**
 * What occurs in more than one split, by a 64-bit hash of it. Of more than {@link #MAX_HELD} only those whose hash falls
 * into a part are judged, so that memory is bounded and shares stay unbiased.
 */
final class SplitOverlap {

    private static final int MAX_HELD = 2_000_000;
    private static final int FIRST = 1024;

    /**
     * How two splits of a group meet.
     *
     * @param distinct of the later split
     * @param sharedDistinct of those, which the earlier one has too
     * @param rows of the later split
     * @param sharedRows of those, whose like the earlier one has too
     */
    record Meeting(Split earlier, Split later, long distinct, long sharedDistinct, long rows, long sharedRows) {}

    private final List<Split> splits;
    private long[] hashes = new long[FIRST];
    private long[] times = new long[FIRST];
    private int held;
    private long mask;

    SplitOverlap(List<Split> splits) {
        this.splits = List.copyOf(splits);
    }

    /** Whether not all are judged. */
    boolean isSample() {
        return mask != 0;
    }

    void add(long hash, java.time.Instant asOf) {
        if ((hash & mask) != 0) {
            return;
        }
        if (held == MAX_HELD) {
            halve();
            add(hash, asOf);
            return;
        }
        if (held == hashes.length) {
            int length = Math.min(MAX_HELD, held * 2);
            hashes = Arrays.copyOf(hashes, length);
            times = Arrays.copyOf(times, length);
        }
        hashes[held] = hash;
        times[held++] = Timestamps.toMicros(asOf);
    }

    private void halve() {
        mask = mask << 1 | 1;
        int kept = 0;
        for (int i = 0; i < held; i++) {
            if ((hashes[i] & mask) == 0) {
                hashes[kept] = hashes[i];
                times[kept++] = times[i];
            }
        }
        held = kept;
    }

    List<Meeting> meetings() {
        var counts = new long[splits.size()][splits.size()][4];
        int[] order = order();
        long[] inSplit = new long[splits.size()];
        for (int start = 0; start < held; ) {
            int end = start;
            Arrays.fill(inSplit, 0);
            while (end < held && hashes[order[end]] == hashes[order[start]]) {
                var asOf = Timestamps.ofMicros(times[order[end++]]);
                for (int split = 0; split < inSplit.length; split++) {
                    inSplit[split] += splits.get(split).contains(asOf) ? 1 : 0;
                }
            }
            count(inSplit, counts);
            start = end;
        }
        return java.util.stream.IntStream.range(0, splits.size())
                .boxed()
                .flatMap(earlier -> java.util.stream.IntStream.range(earlier + 1, splits.size())
                        .filter(later ->
                                splits.get(earlier).group() == splits.get(later).group())
                        .mapToObj(later -> meeting(earlier, later, counts[earlier][later])))
                .toList();
    }

    private Meeting meeting(int earlier, int later, long[] counts) {
        return new Meeting(splits.get(earlier), splits.get(later), counts[0], counts[1], counts[2], counts[3]);
    }

    private static void count(long[] inSplit, long[][][] counts) {
        for (int later = 1; later < inSplit.length; later++) {
            if (inSplit[later] == 0) {
                continue;
            }
            for (int earlier = 0; earlier < later; earlier++) {
                long[] count = counts[earlier][later];
                count[0]++;
                count[2] += inSplit[later];
                if (inSplit[earlier] > 0) {
                    count[1]++;
                    count[3] += inSplit[later];
                }
            }
        }
    }

    private int[] order() {
        return java.util.stream.IntStream.range(0, held)
                .boxed()
                .sorted(java.util.Comparator.comparingLong(i -> hashes[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
