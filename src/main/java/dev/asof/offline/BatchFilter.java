package dev.asof.offline;

import dev.asof.shared.BatchId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The condition that holds a log or a feature table to the rows of some batches. */
final class BatchFilter {

    /** The range reaches the block index; the list alone would not. */
    static final String CONDITION = "batch_id between :first and :last and batch_id = any(:batches)";

    private BatchFilter() {}

    /** The condition's parameters, to which others may be added. */
    static Map<String, Object> parameters(Collection<BatchId> batches) {
        var ids = batches.stream().mapToLong(BatchId::value).summaryStatistics();
        var parameters = new HashMap<String, Object>();
        parameters.put("batches", batches.stream().map(BatchId::value).toArray(Long[]::new));
        parameters.put("first", ids.getMin());
        parameters.put("last", ids.getMax());
        return parameters;
    }
}
