package dev.asof.shared;

import java.util.List;

/**
 * A failure with a stable {@link ErrorCode} and every violation known; its message is meant for the caller and becomes
 * the problem's detail.
 */
public class AsofException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN_CHARACTERS = 100;
    private static final int LONGEST_DETAIL = 2_000;

    private final ErrorCode code;
    private final transient List<Violation> violations;
    private final long moreViolations;

    public AsofException(ErrorCode code, String detail) {
        this(code, detail, List.of());
    }

    public AsofException(ErrorCode code, String detail, List<Violation> violations) {
        this(code, detail, violations, violations.size());
    }

    /** Lists those that the gatherer shows, and counts the others. */
    public AsofException(ErrorCode code, String detail, Violations violations) {
        this(code, detail, violations.shown(), violations.count());
    }

    private AsofException(ErrorCode code, String detail, List<Violation> violations, long count) {
        super(Shown.cut(detail, LONGEST_DETAIL));
        this.code = code;
        this.violations = violations.stream().limit(Violations.SHOWN).toList();
        this.moreViolations = count - this.violations.size();
    }

    public AsofException(ErrorCode code, String detail, Throwable cause) {
        super(Shown.cut(detail, LONGEST_DETAIL), cause);
        this.code = code;
        this.violations = List.of();
        this.moreViolations = 0;
    }

    /** A 404 for a name, with the near misses among the names that exist. */
    public static AsofException notFound(String kind, String name, Iterable<String> existing) {
        var nearest = Suggestions.nearest(name, existing);
        var shown = Shown.cut(name, SHOWN_CHARACTERS);
        var hint = nearest.isEmpty() ? "" : "; did you mean " + String.join(", ", nearest) + "?";
        return new AsofException(
                ErrorCode.NOT_FOUND,
                "There is no %s named '%s'%s".formatted(kind, shown, hint),
                List.of(Violation.of(
                        null,
                        "unknown_" + kind.replace(' ', '_').replace('-', '_'),
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

    /** At most {@link Violations#SHOWN}. */
    public List<Violation> violations() {
        return violations;
    }

    /** How many there are beyond those listed. */
    public long moreViolations() {
        return moreViolations;
    }
}
