package dev.asof.online.row;

import dev.asof.online.ValueStatus;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateResult;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link WindowProgram} answers of a key at an instant, by the positions of its outputs. */
public final class WindowValues {

    private static final byte[] KEYS = JsonBytes.ascii("{\"keys\":");
    private static final byte[] VALUES = JsonBytes.ascii(",\"values\":");

    /** In place of an event timestamp, where there was none. */
    static final long NO_EVENT = Long.MIN_VALUE;

    private final WindowProgram program;
    private final @Nullable Object[] values;
    private final ValueStatus[] statuses;
    /** By the position of the window. */
    private final long[] eventMicros;

    private final long newestEventMicros;

    WindowValues(
            WindowProgram program,
            @Nullable Object[] values,
            ValueStatus[] statuses,
            long[] eventMicros,
            long newestEventMicros) {
        this.program = program;
        this.values = values;
        this.statuses = statuses;
        this.eventMicros = eventMicros;
        this.newestEventMicros = newestEventMicros;
    }

    public ValueStatus status(int output) {
        return statuses[output];
    }

    /** A value of the class that its type has, or {@link AggregateResult.Buckets}; null where there is none. */
    public @Nullable Object value(int output) {
        return values[output];
    }

    /** Whether any event is in the window of an output. */
    public boolean hasEvent(int output) {
        return eventMicros(output) != NO_EVENT;
    }

    /** When the last event in the window of an output took place, if any did. */
    public long eventMicros(int output) {
        return eventMicros[program.window(output)];
    }

    /** Whether the key has any event that a window may still hold. */
    public boolean hasEvents() {
        return newestEventMicros != NO_EVENT;
    }

    /** When the last of them took place, if any did. */
    public long newestEventMicros() {
        return newestEventMicros;
    }

    public void write(int output, JsonBytes json, boolean int64AsText) {
        Object value = values[output];
        switch (value) {
            case null -> json.nothing();
            case AggregateResult.Buckets(var keys, var each) -> {
                json.raw(KEYS);
                writeList(program.keyType(output), keys, json, int64AsText);
                json.raw(VALUES);
                writeList(element(output), each, json, int64AsText);
                json.raw('}');
            }
            case List<?> list -> writeList(element(output), list, json, int64AsText);
            default -> writeScalar((ScalarType) program.type(output), value, json, int64AsText);
        }
    }

    private ScalarType element(int output) {
        ValueType type = program.type(output);
        return type instanceof ListType list ? list.element() : (ScalarType) type;
    }

    private static void writeList(
            ScalarType type, List<? extends @Nullable Object> elements, JsonBytes json, boolean int64AsText) {
        json.raw('[');
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                json.raw(',');
            }
            Object element = elements.get(i);
            if (element == null) {
                json.nothing();
            } else {
                writeScalar(type, element, json, int64AsText);
            }
        }
        json.raw(']');
    }

    private static void writeScalar(ScalarType type, Object value, JsonBytes json, boolean int64AsText) {
        switch (type) {
            case BOOLEAN -> json.bool((Boolean) value);
            case INT32 -> json.int64((Integer) value);
            case INT64 -> PackedValues.writeInt64((Long) value, json, int64AsText);
            case FLOAT32 -> json.float32((Float) value);
            case FLOAT64 -> json.float64((Double) value);
            case STRING -> json.string((String) value);
            case BYTES -> {
                byte[] bytes = (byte[]) value;
                json.base64(bytes, 0, bytes.length);
            }
            case TIMESTAMP -> json.timestamp(Timestamps.toMicros((Instant) value));
        }
    }
}
