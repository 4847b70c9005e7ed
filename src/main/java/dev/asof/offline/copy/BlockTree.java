package dev.asof.offline.copy;

import java.util.Arrays;

/**
 * Aggregates of blocks of a key's rows, of two blocks, of four and so on, each made when it is first wanted and again when
 * one of its rows has begun or ended to count. So the rows between any two are a few of these and less than two blocks of single
 * rows. A tree over numbered leaves in an array, as in "Efficient and easy segment trees" (Al.Cash, 2015).
 */
abstract class BlockTree {

    private static final int ROOT = 1;

    private final int leastBlockRows;
    private final int mostBlocks;
    private int blockRows = 1;
    private int blocks;
    private long[] valid = {};

    /**
     * @param leastBlockRows how many rows a block has, unless there would be more blocks than
     * @param mostBlocks which bounds the memory
     */
    BlockTree(int leastBlockRows, int mostBlocks) {
        this.leastBlockRows = leastBlockRows;
        this.mostBlocks = mostBlocks;
    }

    /** Begins with other rows; nothing is made yet. */
    void begin(int rows) {
        blockRows = Math.max(leastBlockRows, Math.ceilDiv(rows, mostBlocks));
        blocks = rows / blockRows;
        int words = Math.ceilDiv(2 * blocks, Long.SIZE);
        if (valid.length < words) {
            valid = new long[words + words / 2];
        } else {
            Arrays.fill(valid, 0, words, 0);
        }
    }

    final int blockRows() {
        return blockRows;
    }

    /** How many numbers of nodes there are. */
    final int nodes() {
        return 2 * blocks;
    }

    /** A row has begun or ended to count. */
    void changed(int row) {
        int block = row / blockRows;
        // what is above a node that isn't valid isn't either
        for (int node = blocks + block; block < blocks && node >= ROOT && isValid(node); node >>= 1) {
            valid[node >>> 6] &= ~(1L << node);
        }
    }

    private boolean isValid(int node) {
        return (valid[node >>> 6] >>> node & 1) != 0;
    }

    /** The first block of which all rows are at or after a row, and the one after the last of which all are before another. */
    final int firstBlock(int row) {
        return Math.ceilDiv(row, blockRows);
    }

    final int endBlock(int row) {
        return row / blockRows;
    }

    /** Has {@link #take} called for nodes that are all of some blocks together. */
    final void takeBlocks(int from, int until) {
        int low = from + blocks;
        int high = until + blocks;
        for (; low < high; low >>= 1, high >>= 1) {
            if ((low & 1) != 0) {
                makeAndTake(low++);
            }
            if ((high & 1) != 0) {
                makeAndTake(--high);
            }
        }
    }

    private void makeAndTake(int node) {
        ensure(node);
        take(node);
    }

    private void ensure(int node) {
        if (isValid(node)) {
            return;
        }
        if (node >= blocks) {
            int from = (node - blocks) * blockRows;
            makeOfRows(node, from, from + blockRows);
        } else {
            ensure(2 * node);
            ensure(2 * node + 1);
            makeOfNodes(node, 2 * node, 2 * node + 1);
        }
        valid[node >>> 6] |= 1L << node;
    }

    /** Makes a node of the rows that count among some. */
    abstract void makeOfRows(int node, int from, int until);

    /** Makes a node of two others. */
    abstract void makeOfNodes(int node, int one, int other);

    /** Adds a node to what is asked for. */
    abstract void take(int node);
}
