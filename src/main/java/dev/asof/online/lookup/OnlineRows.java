package dev.asof.online.lookup;

import dev.asof.online.row.RowAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where lookups read packed rows. */
interface OnlineRows {

    /**
     * What was read.
     *
     * @param packed rows in the order of their addresses, null where there is none
     * @param degraded whether they came from elsewhere than the online store, or from one that takes no more rows
     */
    record Read(List<byte @Nullable []> packed, boolean degraded) {}

    /**
     * The newest row at each address.
     *
     * @param asOf the time of the lookup
     * @throws dev.asof.shared.AsofException UNAVAILABLE when they can't be read now
     */
    Read read(List<RowAddress> addresses, Instant asOf);
}
