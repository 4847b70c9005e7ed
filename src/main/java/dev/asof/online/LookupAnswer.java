package dev.asof.online;

import dev.asof.registry.FeatureSelection;
import dev.asof.shared.JsonValues;
import dev.asof.shared.Timestamps;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonFactory;

/**
 * The answer to a lookup.
 *
 * @param outcomes of the plan's reads
 * @param degraded whether the rows came from elsewhere than the online store
 */
record LookupAnswer(
        LookupPlan plan, List<RowOutcome> outcomes, Instant asOf, boolean degraded, LookupRequest.Form form) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int BYTES_PER_VALUE = 24;

    /** The answer as JSON in UTF-8. */
    byte[] toJson() {
        int values = plan.selection().columns().size() * (plan.rows().readsByView().size() + 1);
        var out = new ByteArrayOutputStream(256 + BYTES_PER_VALUE * values);
        try (var json = JSON.createGenerator(out)) {
            write(json);
        }
        return out.toByteArray();
    }

    private void write(JsonGenerator json) {
        json.writeStartObject();
        plan.selection()
                .service()
                .ifPresent(service -> json.writeStringProperty("feature_service", service.toString()));
        json.writeStringProperty("as_of", Timestamps.format(asOf));
        json.writeBooleanProperty("degraded", degraded);
        for (int[] reads : plan.common().readsByView()) {
            json.writeObjectPropertyStart("common");
            writeColumns(json, plan.common());
            writeRow(json, plan.common(), reads);
            json.writeEndObject();
        }
        writeColumns(json, plan.rows());
        json.writeArrayPropertyStart("rows");
        for (int[] reads : plan.rows().readsByView()) {
            json.writeStartObject();
            writeRow(json, plan.rows(), reads);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeColumns(JsonGenerator json, LookupPlan.Block block) {
        json.writeArrayPropertyStart("columns");
        for (int position : block.columns()) {
            var column = column(position);
            json.writeString(form.shortNames() ? column.feature() : column.name());
        }
        json.writeEndArray();
    }

    private void writeRow(JsonGenerator json, LookupPlan.Block block, int[] reads) {
        json.writeArrayPropertyStart("values");
        for (int position : block.columns()) {
            var column = column(position);
            var value = outcome(column, reads).value(column.featureIndex()).orElse(null);
            JsonValues.write(json, column.type(), value, form.int64AsText());
        }
        json.writeEndArray();
        if (form.statuses()) {
            json.writeArrayPropertyStart(LookupRequestReader.STATUSES);
            for (int position : block.columns()) {
                var column = column(position);
                json.writeString(outcome(column, reads).status(column.featureIndex()).name());
            }
            json.writeEndArray();
        }
        if (form.eventTimestamps()) {
            json.writeArrayPropertyStart(LookupRequestReader.EVENT_TIMESTAMPS);
            for (int position : block.columns()) {
                outcome(column(position), reads).timestamp().ifPresentOrElse(json::writeString, json::writeNull);
            }
            json.writeEndArray();
        }
    }

    private FeatureSelection.Column column(int position) {
        return plan.selection().columns().get(position);
    }

    private RowOutcome outcome(FeatureSelection.Column column, int[] reads) {
        return outcome(reads[column.viewIndex()]);
    }

    /** What a read of the plan, or none, came to. */
    RowOutcome outcome(int read) {
        return read == LookupPlan.NO_READ ? RowOutcome.NOT_FOUND : outcomes.get(read);
    }
}
