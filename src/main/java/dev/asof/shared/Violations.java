package dev.asof.shared;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Collects what is wrong with a request: the first {@link #SHOWN} in full, the others counted. */
public final class Violations {

    /** As many as one answer lists. */
    public static final int SHOWN = 100;

    private final List<Violation> shown = new ArrayList<>();
    private final Set<String> codes = new HashSet<>();
    private long count;

    public void add(Violation violation) {
        add(violation.code(), () -> violation);
    }

    /** As {@link #add(Violation)}; a violation that is only counted is never made. */
    public void add(String code, Supplier<Violation> violation) {
        count++;
        codes.add(code);
        if (shown.size() < SHOWN) {
            shown.add(violation.get());
        }
    }

    public void addAll(Violations others) {
        others.shown.forEach(this::add);
        count += others.count - others.shown.size();
        codes.addAll(others.codes);
    }

    /** Counts violations that were met after the list of the first was full. */
    public void addUnlisted(long more) {
        count += more;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Of all, those that are only counted included. */
    public long count() {
        return count;
    }

    /** The kinds there are among all. */
    public Set<String> codes() {
        return Set.copyOf(codes);
    }

    /** The first, in the order they were added. */
    public List<Violation> shown() {
        return List.copyOf(shown);
    }

    /**
     * Does nothing when there are none.
     *
     * @throws AsofException INVALID, or MISSING_KEY when nothing but join keys is missing
     */
    public void throwIfAny(String subject) {
        if (count == 0) {
            return;
        }
        var rest = count > shown.size() ? "; the first %s are listed".formatted(shown.size()) : "";
        var detail = count == 1
                ? "%s: %s".formatted(subject, shown.getFirst().message())
                : "%s: %s violations%s".formatted(subject, count, rest);
        boolean onlyKeys = codes.equals(Set.of(ErrorCode.MISSING_KEY.code()));
        throw new AsofException(onlyKeys ? ErrorCode.MISSING_KEY : ErrorCode.INVALID, detail, this);
    }
}
