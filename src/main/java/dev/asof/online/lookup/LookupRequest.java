package dev.asof.online.lookup;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lookup as asked for; its values still as they stood in the request.
 *
 * @param featureService {@code name} or {@code name@v3}; empty when features are listed
 * @param entities one map of join keys a row; empty when the request has none
 * @param common what every row shares; empty when the request has none
 */
record LookupRequest(
        Optional<String> featureService,
        List<String> features,
        Optional<List<Map<String, @Nullable Object>>> entities,
        Optional<Map<String, @Nullable Object>> common,
        Form form) {

    /** How the answer is to be written. */
    record Form(boolean statuses, boolean eventTimestamps, boolean shortNames, boolean int64AsText) {}
}
