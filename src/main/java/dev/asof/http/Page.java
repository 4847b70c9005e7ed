package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Names;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param after where the page before ends, in most lists its last name; empty for the first page
 */
public record Page(int size, Optional<String> after) {

    private static final int DEFAULT_SIZE = 50;
    private static final int MAX_SIZE = 500;

    /**
     * A page of a list in the order of names.
     *
     * @throws AsofException MALFORMED_REQUEST with everything wrong with the two
     */
    public static Page of(@Nullable Integer size, @Nullable String token) {
        return of(size, token, Names::isValid);
    }

    /**
     * A page of a list in another order.
     *
     * @param position whether a text is where a page may end
     * @throws AsofException MALFORMED_REQUEST with everything wrong with the two
     */
    public static Page of(@Nullable Integer size, @Nullable String token, Predicate<String> position) {
        var violations = new Violations();
        if (size != null && (size < 1 || size > MAX_SIZE)) {
            violations.add(Violation.of(
                    "page_size", "out_of_range", "page_size is between 1 and %s, not %s".formatted(MAX_SIZE, size)));
        }
        Optional<String> after =
                token == null ? Optional.empty() : decoded(token).filter(position);
        if (token != null && after.isEmpty()) {
            violations.add(Violation.of(
                    "page_token",
                    "unknown_page_token",
                    "This page_token is none that a list gave; leave it out to begin anew"));
        }
        if (!violations.isEmpty()) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST, violations.shown().getFirst().message(), violations);
        }
        return new Page(size == null ? DEFAULT_SIZE : size, after);
    }

    /** What gets the page after a name or another position. */
    public static String tokenAfter(String position) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(position.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> decoded(String token) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
