package dev.asof.http;

import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A failure as the API answers it, {@code application/problem+json} of RFC 9457.
 *
 * @param type a URI that names the kind of problem
 * @param code the stable name that clients may switch on
 * @param requestId what to quote when asking about it
 * @param violations everything that is wrong with the request, as far as known
 */
@Schema(name = "Problem")
record Problem(
        String type,
        String title,
        int status,
        String code,
        String detail,
        @Nullable String requestId,
        List<Violation> violations) {

    Problem {
        violations = List.copyOf(violations);
    }

    static Problem of(ErrorCode code, String detail, @Nullable String requestId, List<Violation> violations) {
        return new Problem(
                "urn:asof:problem:" + code.code().replace('_', '-'),
                code.title(),
                code.status(),
                code.code(),
                detail,
                requestId,
                violations);
    }
}
