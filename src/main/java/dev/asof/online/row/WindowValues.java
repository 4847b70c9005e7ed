package dev.asof.online.row;

import dev.asof.online.ValueStatus;
import dev.asof.transform.window.AggregateResult;
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
                ValueJson.writeList(program.keyType(output), keys, json, int64AsText);
                json.raw(VALUES);
                ValueJson.writeList(program.type(output).element(), each, json, int64AsText);
                json.raw('}');
            }
            default -> ValueJson.write(program.type(output), value, json, int64AsText);
        }
    }
}
