package dev.asof.shared;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

    /** Of a part of the request, such as one definition of a bundle; they are added to these. */
    public Part part(String root) {
        return new Part(this, root, new HashMap<>(), new HashMap<>());
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

    /**
     * Does nothing when there are none. The detail is what the first says, and how many more there are.
     *
     * @param code of the whole, by the kinds there are
     * @throws AsofException of that code
     */
    public void throwIfAny(Function<Set<String>, ErrorCode> code) {
        if (count == 0) {
            return;
        }
        String first = shown.getFirst().message();
        String detail = count == 1 ? first : "%s; and %s more problems".formatted(first, count - 1);
        throw new AsofException(code.apply(codes()), detail, this);
    }

    /**
     * The violations of one part of a request, named by their paths within it. What is told of the lines on which the
     * paths stand goes into the violations.
     */
    public static final class Part {

        private final Violations whole;
        private final String root;
        private final Map<String, Integer> lines;
        private final Map<String, String> made;

        private Part(Violations whole, String root, Map<String, Integer> lines, Map<String, String> made) {
            this.whole = whole;
            this.root = root;
            this.lines = lines;
            this.made = made;
        }

        /** The path of something within that of another; either may be empty. */
        public static String path(String parent, String child) {
            if (parent.isEmpty() || child.isEmpty() || child.startsWith("[")) {
                return parent + child;
            }
            return parent + "." + child;
        }

        /**
         * Tells where a path stands; where it first stood remains.
         *
         * @param path such as {@code features[2].expression}; empty for the part itself
         * @param line from 1
         */
        public void locate(String path, int line) {
            lines.putIfAbsent(path, line);
        }

        /**
         * Tells that an item of a list was made from another, as where one is written for several: from here on, what is
         * found wrong with it is told of that one.
         *
         * @param item such as {@code features[7]}
         * @param written such as {@code features[2]}
         */
        public void made(String item, String written) {
            made.put(item, written);
        }

        private String written(String path) {
            int end = path.indexOf(']') + 1;
            String item = path.substring(0, end);
            return made.getOrDefault(item, item) + path.substring(end);
        }

        /** On the line of the path, or of the nearest around it that is known. */
        public void add(String path, String code, String message) {
            add(path, code, message, List.of());
        }

        /** As {@link #add(String, String, String)}, with near misses. */
        public void add(String path, String code, String message, List<String> suggestions) {
            add(path, code, message, () -> suggestions);
        }

        /** As {@link #add(String, String, String, List)}; near misses are looked for where they will be read. */
        public void add(String path, String code, String message, Supplier<List<String>> suggestions) {
            String at = written(path);
            whole.add(code, () -> new Violation(path(root, at), nearestLine(at), code, message, suggestions.get()));
        }

        /** On a line that is not the path's own: a field's second occurrence. */
        public void addAt(int line, String path, String code, String message) {
            whole.add(code, () -> Violation.of(path(root, path), code, message).atLine(line));
        }

        /** The same part, for what is found wrong with it elsewhere. */
        public Part in(Violations others) {
            return new Part(others, root, lines, made);
        }

        private @Nullable Integer nearestLine(String path) {
            String around = path;
            while (!lines.containsKey(around) && !around.isEmpty()) {
                around = around.substring(0, Math.max(0, Math.max(around.lastIndexOf('.'), around.lastIndexOf('['))));
            }
            return lines.get(around);
        }
    }
}
