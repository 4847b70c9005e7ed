package dev.asof.training.leakage;

import dev.asof.shared.Timestamps;
import dev.asof.training.DatasetRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts rows and keeps the first few of them to show. */
final class Examples {

    static final int SHOWN = 5;

    private final List<Map<String, Object>> shown = new ArrayList<>();
    private long count;

    /** @param more names and values in turn, shown behind the row */
    void add(DatasetRow row, Object... more) {
        if (count++ >= SHOWN) {
            return;
        }
        var example = new LinkedHashMap<String, Object>();
        example.put("row", row.ordinal());
        row.keys().forEach((name, value) -> example.put(name, shown(value)));
        example.put("as_of", shown(row.asOf()));
        for (int i = 0; i < more.length; i += 2) {
            example.put((String) more[i], shown(more[i + 1]));
        }
        shown.add(example);
    }

    long count() {
        return count;
    }

    List<Map<String, Object>> shown() {
        return shown;
    }

    private static Object shown(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Instant time -> Timestamps.format(time);
            case byte[] bytes -> java.util.Base64.getEncoder().encodeToString(bytes);
            default -> value;
        };
    }
}
