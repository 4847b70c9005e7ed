package dev.asof.online;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where lookups read packed rows. */
interface OnlineRows {

    /**
     * Rows in the order of their addresses, null where there is none.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when they can't be read now
     */
    List<byte @Nullable []> read(List<RowAddress> addresses);
}
