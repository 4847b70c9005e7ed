package dev.asof.transform;

import dev.asof.shared.Suggestions;
import dev.asof.transform.ExpressionCompiler.Input;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What an expression may read, where it stands in a row, and what messages call it. A name is plain, such as
 * {@code amount}, or has a qualifier before a dot, such as {@code card_activity.tx_sum_30d}.
 */
public final class Inputs {

    private static final int MOST_SUGGESTIONS = 3;

    /** Where an input is, and what it is. */
    record Place(int position, Input input) {}

    private final Map<String, Place> byName = new LinkedHashMap<>();
    private final Map<String, String> kinds = new HashMap<>();
    private final String kind;
    private final String advice;
    private final boolean qualified;
    private final boolean counted;
    private final int width;

    private Inputs(
            List<Input> inputs, String kind, Map<String, String> kindsByQualifier, String advice, boolean counted) {
        int position = 0;
        for (Input input : inputs) {
            byName.putIfAbsent(input.name(), new Place(position, input));
            position += input.width();
        }
        this.kind = kind;
        this.kinds.putAll(kindsByQualifier);
        this.advice = advice;
        this.qualified = !kindsByQualifier.isEmpty()
                || inputs.stream().anyMatch(input -> input.name().contains("."));
        this.counted = counted;
        this.width = position;
    }

    /** The columns of a source. */
    public static Inputs ofColumns(List<Input> columns) {
        return new Inputs(columns, "column", Map.of(), "give the source column another name", false);
    }

    /**
     * Whatever else an expression reads.
     *
     * @param kind what messages call one, such as {@code input}; an unknown one has the code {@code unknown_input}
     * @param kindsByQualifier another word for those with a qualifier, such as {@code request value} for
     *     {@code request}, with the code {@code unknown_request_value}
     */
    public static Inputs of(List<Input> inputs, String kind, Map<String, String> kindsByQualifier) {
        return new Inputs(inputs, kind, kindsByQualifier, "give it another name", true);
    }

    /** How many values a row has: one for each input, two for a map. */
    public int width() {
        return width;
    }

    /**
     * Where in a row the value of an input is; of a map the list of its keys, and its list of values comes next.
     *
     * @param name of one of the inputs
     */
    public int positionOf(String name) {
        return place(name).position();
    }

    Place place(String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    Stream<Input> stream() {
        return byName.values().stream().map(Place::input);
    }

    /** Whether what stands before a dot may be part of a name. */
    boolean areQualified() {
        return qualified;
    }

    /** Whether a word of a name is this one, which the grammar may have for itself. */
    boolean haveWord(String word) {
        return byName.keySet().stream()
                .flatMap(name -> Stream.of(name.split("\\.")))
                .anyMatch(word::equals);
    }

    /** What one of this name would be called: {@code column}. */
    String kindOf(String name) {
        return kinds.getOrDefault(name.split("\\.", 2)[0], kind);
    }

    /** What all of them are called: {@code columns}. */
    String plural() {
        return kind + "s";
    }

    /**
     * Whether all of the work is counted, that of texts in lists, of texts an expression makes, and of all its patterns together.
     * Over a source's columns it isn't: what an expression gave for a row before, it gives for ever.
     */
    boolean areCounted() {
        return counted;
    }

    /** What to do about a name that can't be read. */
    String advice() {
        return advice;
    }

    /** Names that may have been meant: those that only lack their qualifier, or have this one, or are near misses. */
    List<String> nearest(String name) {
        List<String> related = byName.keySet().stream()
                .filter(other -> other.endsWith("." + name) || other.startsWith(name + "."))
                .limit(MOST_SUGGESTIONS)
                .toList();
        return related.isEmpty() ? Suggestions.nearest(name, byName.keySet()) : related;
    }
}
