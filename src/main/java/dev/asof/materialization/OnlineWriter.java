package dev.asof.materialization;

import dev.asof.offline.FeatureTables;
import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Brings feature rows from Postgres online, the newest of each key, a stretch at a time. */
@Component
class OnlineWriter {

    private static final int ROWS_AT_ONCE = 4_000;

    /** Each page is a transaction of its own, so that none holds locks or old rows for long. */
    private static final int PAGE_KEYS = 50_000;

    private final FeatureTables tables;
    private final OnlineStore online;
    private final TransactionTemplate reading;

    OnlineWriter(FeatureTables tables, OnlineStore online, PlatformTransactionManager transactions) {
        this.tables = tables;
        this.online = online;
        this.reading = new TransactionTemplate(transactions);
        this.reading.setReadOnly(true);
    }

    /**
     * Writes what some batches hold of a view, of events after one instant and up to another.
     *
     * @param goesOn called now and then
     */
    FencingTokens write(
            RegisteredView view, Collection<BatchId> batches, Optional<Instant> after, Instant asOf, Runnable goesOn) {
        return stream(view, rows -> tables.newestRows(view, batches, after, asOf, rows), goesOn);
    }

    /** Writes what there is of a view at an instant, in the order of its keys. */
    ViewOutput.Pages pages(RegisteredView view, Instant asOf) {
        return new ViewOutput.Pages() {

            /** After whose key to go on. */
            private @Nullable FeatureRow last;

            @Override
            public ViewOutput.Page write() {
                var keys = new Object() {
                    long count;
                };
                var after = Optional.ofNullable(last);
                FencingTokens written = stream(
                        view,
                        rows -> tables.newestRows(view, asOf, after, PAGE_KEYS, row -> {
                            keys.count++;
                            last = row;
                            rows.accept(row);
                        }),
                        () -> {});
                return new ViewOutput.Page(keys.count, written, keys.count < PAGE_KEYS);
            }
        };
    }

    private FencingTokens stream(RegisteredView view, Consumer<Consumer<FeatureRow>> source, Runnable goesOn) {
        var packed = new ArrayList<OnlineRow>(ROWS_AT_ONCE);
        var written = new Object() {
            FencingTokens marks = FencingTokens.NONE;
        };
        reading.executeWithoutResult(_ -> {
            source.accept(row -> {
                packed.add(online.pack(view, row));
                if (packed.size() == ROWS_AT_ONCE) {
                    written.marks = written.marks.and(online.write(view, packed));
                    packed.clear();
                    goesOn.run();
                }
            });
            written.marks = written.marks.and(online.write(view, packed));
        });
        return written.marks;
    }
}
