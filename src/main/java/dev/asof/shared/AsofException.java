package dev.asof.shared;

import java.util.List;

/**
 * A failure with a stable {@link ErrorCode} and every violation known; its message is meant for the caller and becomes
 * the problem's detail.
 */
public class AsofException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN_CHARACTERS = 100;

    private final ErrorCode code;
    private final transient List<Violation> violations;

    public AsofException(ErrorCode code, String detail) {
        this(code, detail, List.of());
    }

    public AsofException(ErrorCode code, String detail, List<Violation> violations) {
        super(detail);
        this.code = code;
        this.violations = List.copyOf(violations);
    }

    public AsofException(ErrorCode code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.violations = List.of();
    }

    /** A 404 for a name, with the near misses among the names that exist. */
    public static AsofException notFound(String kind, String name, Iterable<String> existing) {
        var nearest = Suggestions.nearest(name, existing);
        var shown = name.length() <= SHOWN_CHARACTERS ? name : name.substring(0, SHOWN_CHARACTERS) + "…";
        var hint = nearest.isEmpty() ? "" : "; did you mean " + String.join(", ", nearest) + "?";
        return new AsofException(
                ErrorCode.NOT_FOUND,
                "There is no %s named '%s'%s".formatted(kind, shown, hint),
                List.of(Violation.of(
                        null,
                        "unknown_" + kind.replace(' ', '_'),
                        "No %s named '%s'".formatted(kind, shown),
                        nearest)));
    }

    /** A 422 that lists violations under one sentence. */
    public static AsofException invalid(String detail, List<Violation> violations) {
        return new AsofException(ErrorCode.INVALID, detail, violations);
    }

    public ErrorCode code() {
        return code;
    }

    public List<Violation> violations() {
        return violations;
    }
}
