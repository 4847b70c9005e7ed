package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import dev.asof.online.row.JsonBytes;
import dev.asof.shared.Timestamps;
import java.util.Arrays;

/** Writes answers as Asof's own JSON: values straight from the bytes they lie in. */
final class AnswerJson {

    private static final byte[] AS_OF = JsonBytes.ascii("\"as_of\":");
    private static final byte[] DEGRADED = JsonBytes.ascii(",\"degraded\":");
    private static final byte[] COMMON = JsonBytes.ascii(",\"common\":{");
    private static final byte[] ROWS = JsonBytes.ascii(",\"rows\":[");
    private static final byte[] VALUES = JsonBytes.ascii("\"values\":[");
    private static final byte[] STATUSES = JsonBytes.ascii("],\"statuses\":[");
    private static final byte[] EVENT_TIMESTAMPS = JsonBytes.ascii("],\"event_timestamps\":[");
    /** By the position of the status. */
    private static final byte[][] STATUS = Arrays.stream(ValueStatus.values())
            .map(status -> JsonBytes.ascii('"' + status.name() + '"'))
            .toArray(byte[][]::new);

    private static final int BYTES_PER_VALUE = 20;
    private static final int BYTES_PER_ROW = 16;

    private final PackedAnswer answer;
    private final AnswerForm form;
    private final JsonBytes json;

    private AnswerJson(PackedAnswer answer, AnswerForm form) {
        this.answer = answer;
        this.form = form;
        this.json = new JsonBytes(expectedSize());
    }

    static JsonBytes write(PackedAnswer answer, AnswerForm form) {
        return new AnswerJson(answer, form).write();
    }

    private JsonBytes write() {
        json.raw(answer.plan().template().head()).raw(AS_OF).timestamp(Timestamps.toMicros(answer.asOf()));
        json.raw(DEGRADED).bool(answer.degraded());
        if (answer.common().isPresent()) {
            var common = answer.common().get();
            json.raw(COMMON).raw(common.columnsJson()).raw(',');
            writeRow(common, 0);
            json.raw('}');
        }
        var rows = answer.rows();
        json.raw(',').raw(rows.columnsJson()).raw(ROWS);
        for (int row = 0; row < rows.count(); row++) {
            separate(row);
            json.raw('{');
            writeRow(rows, row);
            json.raw('}');
        }
        return json.raw(']').raw('}');
    }

    private int expectedSize() {
        var rows = answer.rows();
        int perValue = BYTES_PER_VALUE
                + (form.statuses() ? BYTES_PER_VALUE : 0)
                + (form.eventTimestamps() ? Timestamps.TEXT_LENGTH : 0);
        return 256 + rows.columnsJson().length + rows.count() * (BYTES_PER_ROW + rows.width() * perValue);
    }

    private void writeRow(AnsweredRows rows, int row) {
        json.raw(VALUES);
        for (int column = 0; column < rows.width(); column++) {
            separate(column);
            rows.writeValue(row, column, json, form.int64AsText());
        }
        if (form.statuses()) {
            json.raw(STATUSES);
            for (int column = 0; column < rows.width(); column++) {
                separate(column);
                json.raw(STATUS[rows.status(row, column).ordinal()]);
            }
        }
        if (form.eventTimestamps()) {
            json.raw(EVENT_TIMESTAMPS);
            for (int column = 0; column < rows.width(); column++) {
                separate(column);
                rows.writeEventTimestamp(row, column, json);
            }
        }
        json.raw(']');
    }

    private void separate(int position) {
        if (position > 0) {
            json.raw(',');
        }
    }
}
