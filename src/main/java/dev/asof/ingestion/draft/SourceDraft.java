package dev.asof.ingestion.draft;

import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReader;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ListType;
import dev.asof.shared.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A contract inferred from a sample, to be read and corrected by the one who knows the data.
 *
 * @param definition as it stands in a bundle
 * @param notes what to look at, each a sentence or two
 */
record SourceDraft(Map<String, Object> definition, List<String> notes) {

    static final int SAMPLE_ROWS = 100_000;

    private static final List<String> EVENT_NAMES =
            List.of("event_timestamp", "event_time", "ts", "timestamp", "time", "datetime", "date");
    private static final Set<String> RECORDING_NAMES =
            Set.of("created", "created_at", "updated_at", "loaded_at", "inserted_at", "ingested_at");
    private static final Set<String> STORE_COLUMNS =
            Set.of("batch_id", "row_sequence", "known_timestamp", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid");

    static SourceDraft infer(String name, RowFormat format, TableReader reader) {
        var profiles = new ArrayList<ColumnProfile>();
        long rows = 0;
        while (rows < SAMPLE_ROWS) {
            HeavyWork.goOn();
            @Nullable Object[] row = reader.next();
            if (row == null) {
                break;
            }
            rows++;
            profile(reader.columns(), row, format, profiles);
        }
        profile(reader.columns(), new @Nullable Object[0], format, profiles);
        return new Builder(name, rows).build(reader.columns(), profiles);
    }

    private static void profile(
            List<TableReader.Column> columns, @Nullable Object[] row, RowFormat format, List<ColumnProfile> profiles) {
        for (int i = profiles.size(); i < columns.size(); i++) {
            var profile = new ColumnProfile(format == RowFormat.CSV);
            columns.get(i).type().ifPresent(profile::declare);
            profiles.add(profile);
        }
        for (int i = 0; i < row.length; i++) {
            profiles.get(i).see(row[i]);
        }
    }

    /** Puts a definition together from the columns' profiles. */
    private static final class Builder {

        private final String name;
        private final long rows;
        private final List<String> notes = new ArrayList<>();
        private final Map<String, ColumnProfile> named = new LinkedHashMap<>();
        private final List<Map<String, Object>> columns = new ArrayList<>();
        private final Set<String> nullTokens = new TreeSet<>();

        Builder(String name, long rows) {
            this.name = name;
            this.rows = rows;
        }

        SourceDraft build(List<TableReader.Column> sent, List<ColumnProfile> profiles) {
            notes.add("Inferred from %s rows. Look through it, then apply it.".formatted(rows));
            for (int i = 0; i < sent.size(); i++) {
                add(sent.get(i), profiles.get(i));
            }
            var definition = new LinkedHashMap<String, Object>();
            definition.put("kind", "source");
            definition.put("name", name);
            definition.put("type", "push");
            definition.put("columns", columns);
            String event = eventTimestamp();
            if (event != null) {
                definition.put("event_timestamp", event);
            }
            if (!nullTokens.isEmpty()) {
                definition.put("null_tokens", List.copyOf(nullTokens));
            }
            return new SourceDraft(definition, List.copyOf(notes));
        }

        private void add(TableReader.Column column, ColumnProfile profile) {
            String sent = column.name();
            if (isPandasIndex(sent)) {
                notes.add("'%s' looks like the index that pandas writes, and is left out.".formatted(sent));
                return;
            }
            if (column.unreadable().isPresent()) {
                notes.add(
                        "'%s' is left out: it is %s, which can't be read; write it as another type, such as a number or text."
                                .formatted(sent, column.unreadable().get()));
                return;
            }
            if (profile.isNested()) {
                notes.add("'%s' is left out: objects, structs and maps can't be columns.".formatted(sent));
                return;
            }
            String valid = validName(sent);
            if (!valid.equals(sent)) {
                notes.add("'%s' is not a valid name; it is called '%s' here, and has to be in what you send."
                        .formatted(sent, valid));
            }
            named.put(valid, profile);
            nullTokens.addAll(profile.nullTokens());
            columns.add(definition(valid, profile));
        }

        private static boolean isPandasIndex(String sent) {
            return sent.equals("Unnamed: 0") || sent.startsWith("__index_level_");
        }

        private Map<String, Object> definition(String column, ColumnProfile profile) {
            var definition = new LinkedHashMap<String, Object>();
            definition.put("name", column);
            definition.put("type", profile.type().typeName());
            if (profile.type() instanceof ListType list && list.length().isPresent()) {
                definition.put("length", list.length().getAsInt());
            }
            if (profile.hasLocalTimes()) {
                definition.put("time_zone", "UTC");
                notes.add("'%s' has times without an offset: set its time_zone to where they were written. UTC "
                                .formatted(column)
                        + "is a guess.");
            }
            if (profile.hasDates()) {
                notes.add("'%s' has dates without a time, read as the start of the day: say 'at: end_of_day' if a "
                                .formatted(column)
                        + "value is known only when its day is over.");
            }
            if (profile.isBelowMicroseconds()) {
                notes.add("'%s' has digits below a microsecond, and such rows are quarantined.".formatted(column));
            }
            if (profile.isNonFinite()) {
                definition.put("non_finite", true);
                notes.add("'%s' has NaN or infinities, which are kept as values; NaN is not null.".formatted(column));
            }
            if (profile.isEmpty()) {
                notes.add("'%s' has no value in the sample: its type is a guess.".formatted(column));
            }
            return definition;
        }

        private String validName(String sent) {
            String plain =
                    sent.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
            if (plain.isEmpty() || !Character.isLetter(plain.charAt(0))) {
                plain = "c_" + plain;
            }
            if (STORE_COLUMNS.contains(plain)) {
                plain = "sent_" + plain;
            }
            String stem = plain.substring(0, Math.min(plain.length(), Names.MAX_LENGTH - 4))
                    .replaceAll("_$", "");
            String valid = Names.isValid(plain) ? plain : stem;
            for (int i = 2; named.containsKey(valid); i++) {
                valid = stem + "_" + i;
            }
            return valid;
        }

        private @Nullable String eventTimestamp() {
            var times = named.keySet().stream()
                    .filter(column -> named.get(column) instanceof ColumnProfile profile && profile.isTimestamp())
                    .toList();
            if (times.isEmpty()) {
                notes.add("No column has timestamps. A source needs one as its event_timestamp: text such as "
                        + "2026-11-21T07:48:00Z, or local times with a time_zone; numbers are not read as times.");
                return null;
            }
            String event = likeliest(times);
            if (named.get(event) instanceof ColumnProfile profile && profile.hasNulls()) {
                notes.add("'%s' has nulls, and rows without an event timestamp are quarantined.".formatted(event));
            }
            if (times.size() > 1) {
                notes.add("'%s' is taken for the time at which a row's event happened, among %s."
                        .formatted(event, String.join(", ", times)));
            }
            times.stream()
                    .filter(column -> RECORDING_NAMES.contains(column) && !column.equals(event))
                    .findFirst()
                    .ifPresent(column ->
                            notes.add("If '%s' says when a row became available, declare 'known_timestamp: %s'."
                                    .formatted(column, column)));
            return event;
        }

        private String likeliest(List<String> times) {
            var candidates = new LinkedHashSet<String>(EVENT_NAMES);
            candidates.retainAll(times);
            times.stream().filter(column -> !RECORDING_NAMES.contains(column)).forEach(candidates::add);
            candidates.addAll(times);
            return candidates.iterator().next();
        }
    }
}
