package dev.asof.online;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lookup as asked for. Keys and request values are still as they stood in the request, as text, number, truth value or list;
 * they are converted to their types. A null is one that there is no value of.
 *
 * @param featureService {@code name} or {@code name@v3}; empty when features are listed
 * @param features {@code view:feature}, {@code view:*} or {@code view@v2:feature}
 * @param entities one map of join keys and request values a row; empty when the request has none
 * @param common what every row shares; empty when the request has none
 * @param shortNames whether columns are to have the bare names of their features, which must then differ
 */
public record LookupRequest(
        Optional<String> featureService,
        List<String> features,
        Optional<List<Map<String, @Nullable Object>>> entities,
        Optional<Map<String, @Nullable Object>> common,
        boolean shortNames) {}
