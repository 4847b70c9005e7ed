package dev.asof.online;

import dev.asof.registry.RegistryEvents.ViewVersionRetired;
import dev.asof.shared.AsofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/** Frees the memory of retired versions. Best effort: their ids never come again, so a row left behind is only idle. */
@Component
final class RetiredRows {

    private static final Logger LOG = LoggerFactory.getLogger(RetiredRows.class);

    private final OnlineStore store;

    RetiredRows(OnlineStore store) {
        this.store = store;
    }

    @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
    void on(ViewVersionRetired event) {
        Thread.ofVirtual().name("clear-" + event.view().version()).start(() -> {
            try {
                store.clear(event.view());
            } catch (AsofException e) {
                LOG.warn("Rows of the retired {} stay in Redis", event.view().version(), e);
            }
        });
    }
}
