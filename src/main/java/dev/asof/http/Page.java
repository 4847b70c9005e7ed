package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Names;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list in the order of names.
 *
 * @param after the last name of the page before; empty for the first page
 */
public record Page(int size, Optional<String> after) {

    private static final int DEFAULT_SIZE = 50;
    private static final int MAX_SIZE = 500;

    /** @throws AsofException MALFORMED_REQUEST with everything wrong with the two */
    public static Page of(@Nullable Integer size, @Nullable String token) {
        var violations = new Violations();
        if (size != null && (size < 1 || size > MAX_SIZE)) {
            violations.add(Violation.of(
                    "page_size", "out_of_range", "page_size is between 1 and %s, not %s".formatted(MAX_SIZE, size)));
        }
        Optional<String> after = token == null ? Optional.empty() : name(token);
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

    /** What gets the page after a name. */
    public static String tokenAfter(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> name(String token) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8))
                    .filter(Names::isValid);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
