package dev.asof.materialization;

import dev.asof.offline.OfflineStore;
import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Brings feature rows from Postgres online, the newest of each key, a stretch at a time. */
@Component
class OnlineWriter {

    private static final int ROWS_AT_ONCE = 4_000;

    private final OfflineStore offline;
    private final OnlineStore online;
    private final TransactionTemplate reading;

    OnlineWriter(OfflineStore offline, OnlineStore online, PlatformTransactionManager transactions) {
        this.offline = offline;
        this.online = online;
        this.reading = new TransactionTemplate(transactions);
        this.reading.setReadOnly(true);
    }

    /** Writes what some batches hold of a view, of events after one instant and up to another. */
    void write(RegisteredView view, Collection<BatchId> batches, Optional<Instant> after, Instant asOf) {
        stream(view, rows -> offline.newestRows(view, batches, after, asOf, rows));
    }

    /** Writes all there is of a view at an instant; returns how many keys that was. */
    long writeAll(RegisteredView view, Instant asOf) {
        return stream(view, rows -> offline.newestRows(view, asOf, rows));
    }

    private long stream(RegisteredView view, Consumer<Consumer<FeatureRow>> source) {
        List<OnlineRow> packed = new ArrayList<>(ROWS_AT_ONCE);
        long[] written = {0};
        reading.executeWithoutResult(_ -> {
            source.accept(row -> {
                packed.add(online.pack(view, row));
                written[0]++;
                if (packed.size() == ROWS_AT_ONCE) {
                    online.write(view, packed);
                    packed.clear();
                }
            });
            if (!packed.isEmpty()) {
                online.write(view, packed);
            }
        });
        return written[0];
    }
}
