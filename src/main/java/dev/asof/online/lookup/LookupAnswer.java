package dev.asof.online.lookup;

import dev.asof.online.row.JsonBytes;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.List;

/**
 * The answer to a lookup.
 *
 * @param outcomes of the plan's reads
 * @param degraded whether the rows came from elsewhere than the online store
 */
record LookupAnswer(
        LookupPlan plan, List<RowOutcome> outcomes, Instant asOf, boolean degraded, LookupRequest.Form form) {

    private static final byte[] AS_OF = JsonBytes.ascii("\"as_of\":");
    private static final byte[] DEGRADED = JsonBytes.ascii(",\"degraded\":");
    private static final byte[] COMMON = JsonBytes.ascii(",\"common\":{");
    private static final byte[] ROWS = JsonBytes.ascii(",\"rows\":[");
    private static final byte[] VALUES = JsonBytes.ascii("\"values\":[");
    private static final byte[] STATUSES = JsonBytes.ascii("],\"statuses\":[");
    private static final byte[] EVENT_TIMESTAMPS = JsonBytes.ascii("],\"event_timestamps\":[");

    private static final int BYTES_PER_VALUE = 20;
    private static final int BYTES_PER_ROW = 16;

    /** The answer as JSON. */
    JsonBytes toJson() {
        var json = new JsonBytes(expectedSize());
        json.raw(plan.template().head()).raw(AS_OF).timestamp(Timestamps.toMicros(asOf));
        json.raw(DEGRADED).bool(degraded);
        for (int[] reads : plan.common().readsByView()) {
            json.raw(COMMON);
            writeColumns(json, plan.common().columns());
            json.raw(',');
            writeRow(json, plan.common().columns(), reads);
            json.raw('}');
        }
        json.raw(',');
        writeColumns(json, plan.rows().columns());
        json.raw(ROWS);
        boolean first = true;
        for (int[] reads : plan.rows().readsByView()) {
            if (!first) {
                json.raw(',');
            }
            first = false;
            json.raw('{');
            writeRow(json, plan.rows().columns(), reads);
            json.raw('}');
        }
        return json.raw(']').raw('}');
    }

    private int expectedSize() {
        var columns = plan.rows().columns();
        int perValue = BYTES_PER_VALUE
                + (form.statuses() ? BYTES_PER_VALUE : 0)
                + (form.eventTimestamps() ? Timestamps.TEXT_LENGTH : 0);
        return 256
                + columns.names().length
                + plan.rows().readsByView().size() * (BYTES_PER_ROW + columns.count() * perValue);
    }

    private void writeColumns(JsonBytes json, LookupPlan.Columns columns) {
        json.raw(form.shortNames() ? columns.shortNames() : columns.names());
    }

    private void writeRow(JsonBytes json, LookupPlan.Columns columns, int[] reads) {
        json.raw(VALUES);
        for (int i = 0; i < columns.count(); i++) {
            separate(json, i);
            outcome(columns, i, reads).writeValue(columns.features()[i], json, form.int64AsText());
        }
        if (form.statuses()) {
            json.raw(STATUSES);
            for (int i = 0; i < columns.count(); i++) {
                separate(json, i);
                json.raw(
                        outcome(columns, i, reads).status(columns.features()[i]).json());
            }
        }
        if (form.eventTimestamps()) {
            json.raw(EVENT_TIMESTAMPS);
            for (int i = 0; i < columns.count(); i++) {
                separate(json, i);
                outcome(columns, i, reads).writeEventTimestamp(json);
            }
        }
        json.raw(']');
    }

    private static void separate(JsonBytes json, int position) {
        if (position > 0) {
            json.raw(',');
        }
    }

    /** Where a column of an answered row comes from. */
    private RowOutcome outcome(LookupPlan.Columns columns, int column, int[] reads) {
        return outcome(reads[columns.views()[column]]);
    }

    /** What a read of the plan, or none, came to. */
    RowOutcome outcome(int read) {
        return read == LookupPlan.NO_READ ? RowOutcome.NOT_FOUND : outcomes.get(read);
    }
}
