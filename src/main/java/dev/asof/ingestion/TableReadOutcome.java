package dev.asof.ingestion;

import dev.asof.shared.BatchId;
import java.util.Optional;

/**
 * What a read of a table source found.
 *
 * @param batch empty when there was nothing to take
 * @param rowsRead how many rows the table had
 * @param newRows how many were accepted that were not in the log in any form
 * @param changedRows how many of a snapshot were accepted with other values than before, or again
 * @param vanishedRows how many of a snapshot are gone, and deleted
 * @param quarantined how many broke the contract
 */
public record TableReadOutcome(
        Optional<BatchId> batch, long rowsRead, long newRows, long changedRows, long vanishedRows, long quarantined) {}
