package dev.asof.ingestion.draft;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes a draft as the YAML of a bundle, its notes as comments above it. */
final class SourceDraftYaml {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
    private static final Set<String> WORDS_OF_YAML = Set.of("null", "true", "false");

    private SourceDraftYaml() {}

    static String of(SourceDraft draft) {
        var yaml = new StringBuilder();
        draft.notes().forEach(note -> yaml.append("# ").append(oneLine(note)).append('\n'));
        draft.definition().forEach((field, value) -> {
            if (field.equals("columns") && value instanceof List<?> columns) {
                yaml.append("columns:\n");
                columns.forEach(
                        column -> yaml.append("  - ").append(flow(column)).append('\n'));
            } else {
                yaml.append(field).append(": ").append(flow(value)).append('\n');
            }
        });
        return yaml.toString();
    }

    private static String oneLine(String note) {
        return note.replaceAll("\\p{Cntrl}|[\\u0085\\u2028\\u2029]", " ");
    }

    private static String flow(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + flow(entry.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case List<?> list -> list.stream().map(SourceDraftYaml::flow).collect(Collectors.joining(", ", "[", "]"));
            case String text ->
                PLAIN.matcher(text).matches() && !WORDS_OF_YAML.contains(text.toLowerCase(Locale.ROOT))
                        ? text
                        : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            default -> value.toString();
        };
    }
}
