package dev.asof.online.lookup;

/**
 * What depends on nothing but what all rows of a request share, and is read, computed and answered once.
 *
 * @param views by the position in the selection
 * @param cells by the index of the on-demand feature
 */
@SuppressWarnings("ArrayRecordComponent")
record Once(boolean[] views, boolean[] cells) {

    boolean isNothing() {
        return !hasAny(views) && !hasAny(cells);
    }

    private static boolean hasAny(boolean[] those) {
        for (boolean one : those) {
            if (one) {
                return true;
            }
        }
        return false;
    }
}
