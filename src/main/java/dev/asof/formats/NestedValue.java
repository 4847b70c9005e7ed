package dev.asof.formats;

/**
 * A value that no type of ours can hold, such as a JSON object or a Parquet struct.
 *
 * @param json as sent, for JSON; a description in quotes for Parquet
 */
public record NestedValue(String json) {

    @Override
    public String toString() {
        return json;
    }
}
