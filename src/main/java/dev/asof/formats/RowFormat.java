package dev.asof.formats;

import java.util.Locale;
import java.util.Optional;

/** The formats rows arrive in. */
public enum RowFormat {
    JSON("application/json"),
    NDJSON("application/x-ndjson"),
    CSV("text/csv"),
    PARQUET("application/vnd.apache.parquet");

    private final String mediaType;

    RowFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }

    /**
     * Whether a file says of itself what it holds, and may say what isn't true: such a file is checked before anything
     * waits for it, and joins no small batches.
     */
    public boolean describesItself() {
        return switch (this) {
            case PARQUET -> true;
            case JSON, NDJSON, CSV -> false;
        };
    }

    /** By {@code Content-Type}, parameters and common other spellings included. */
    public static Optional<RowFormat> ofContentType(String contentType) {
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "application/json" -> Optional.of(JSON);
            case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines" ->
                Optional.of(NDJSON);
            case "text/csv", "application/csv" -> Optional.of(CSV);
            case "application/vnd.apache.parquet", "application/parquet", "application/x-parquet" ->
                Optional.of(PARQUET);
            default -> Optional.empty();
        };
    }

    /** By the ending of a file's name. */
    public static Optional<RowFormat> ofFileName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".json")) {
            return Optional.of(JSON);
        }
        if (lower.endsWith(".ndjson") || lower.endsWith(".jsonl")) {
            return Optional.of(NDJSON);
        }
        if (lower.endsWith(".csv")) {
            return Optional.of(CSV);
        }
        return lower.endsWith(".parquet") ? Optional.of(PARQUET) : Optional.empty();
    }
}
