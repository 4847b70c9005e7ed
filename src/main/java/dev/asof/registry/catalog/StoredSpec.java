package dev.asof.registry.catalog;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The first format of definitions in {@code asof.definition_version}, a record for each kind. What is null was not
 * written and has the meaning it had from the start, whatever users' files take it for today. So these change only by
 * what rows that are there can't hold; all else is another format.
 */
final class StoredSpec {

    private StoredSpec() {}

    record Entity(
            String kind,
            String name,
            List<Key> keys,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags) {}

    record Key(String name, String type) {}

    /** @param eventTimestamp its column's name alone: zone and end of day stand with the column */
    record Source(
            String kind,
            String name,
            String type,
            @Nullable String table,
            @Nullable String query,
            @Nullable String read,
            @Nullable String schedule,
            @Nullable String connection,
            List<Column> columns,
            String eventTimestamp,
            @Nullable String knownTimestamp,
            @Nullable String knownAfter,
            @Nullable String tombstone,
            @Nullable List<String> rowId,
            @Nullable List<String> nullTokens,
            @Nullable List<Check> expectations,
            @Nullable Double maxInvalidRatio,
            @Nullable String maxFutureSkew,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags) {}

    /** @param at {@code end_of_day} or null */
    record Column(
            String name,
            String type,
            @Nullable Integer length,
            @Nullable Boolean required,
            @Nullable String timeZone,
            @Nullable String at,
            @Nullable Boolean nonFinite,
            @Nullable String description) {}

    /**
     * An expectation: one of four. Values are of the column's type, timestamps as text.
     *
     * @param between two bounds, of which one may be JSON's null
     */
    record Check(
            @Nullable String column,
            @Nullable List<JsonNode> between,
            @Nullable List<JsonNode> in,
            @Nullable String matches,
            @Nullable List<String> unique) {}

    /** @param entities each a {@link ViewEntity}, or its name as text */
    record View(
            String kind,
            String name,
            List<JsonNode> entities,
            String source,
            @Nullable String ttl,
            @Nullable Integer revision,
            List<Feature> features,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags) {}

    record ViewEntity(String name, @Nullable Map<String, String> keys) {}

    /** Of a column, of an expression with the type that was declared for it, or of an aggregate alone. */
    record Feature(
            String name,
            @Nullable String column,
            @Nullable String expression,
            @Nullable String type,
            @Nullable Integer length,
            @Nullable String description,
            @Nullable Aggregate aggregate) {}

    /**
     * An aggregate over one window, its name made already.
     *
     * @param column null for an expression, or a count of rows
     * @param expression null for a column, or a count of rows
     * @param window its length; null for all time
     * @param hop as it was written, or by default when that was read
     * @param offset null for none
     * @param steps null for one
     */
    record Aggregate(
            String function,
            @Nullable String column,
            @Nullable String expression,
            @Nullable String where,
            @Nullable String window,
            String hop,
            @Nullable String offset,
            @Nullable Integer steps,
            @Nullable Integer n,
            @Nullable Double quantile,
            @Nullable String by,
            @Nullable Integer maxKeys) {}

    /**
     * @param inputs each {@code view:feature}, {@code view@v2:feature} or {@code view:*}
     * @param request null for none
     */
    record OnDemandView(
            String kind,
            String name,
            List<String> inputs,
            @Nullable List<RequestValue> request,
            List<Feature> features,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags) {}

    record RequestValue(
            String name,
            String type,
            @Nullable Integer length,
            @Nullable String description) {}

    /** @param features each an {@link Item}, or {@code view:feature}, {@code view@v2:feature} or {@code view:*} as text */
    record Service(
            String kind,
            String name,
            List<JsonNode> features,
            @Nullable Training training,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags) {}

    /**
     * Features of a view.
     *
     * @param view {@code view} or {@code view@v2}
     * @param features null for all
     */
    record Item(
            String view,
            @Nullable String as,
            @Nullable Map<String, String> keys,
            @Nullable List<String> features) {}

    record Training(boolean strict, String known) {}
}
