package dev.asof.training.spine;

import dev.asof.formats.TableReader;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of a request's JSON; a field that a row lacks is {@link #ABSENT}, not null. */
final class InlineRows implements TableReader {

    static final Object ABSENT = new Object();

    private final List<@Nullable Map<String, @Nullable Object>> rows;
    private final List<Column> columns;
    private int position;

    InlineRows(List<@Nullable Map<String, @Nullable Object>> rows) {
        this.rows = rows;
        var names = new LinkedHashSet<String>();
        for (var row : rows) {
            if (row != null) {
                names.addAll(row.keySet());
            }
        }
        this.columns =
                names.stream().map(name -> new Column(name, Optional.empty())).toList();
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        if (position == rows.size()) {
            return null;
        }
        var row = rows.get(position++);
        var values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            var name = columns.get(i).name();
            values[i] = row != null && row.containsKey(name) ? row.get(name) : ABSENT;
        }
        return values;
    }

    @Override
    public long rowNumber() {
        return position;
    }

    @Override
    public void close() {}
}
