package dev.asof.transform;

import java.util.List;

/** An expression that does not compile, with every problem and its position. */
public final class ExpressionException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * One problem.
     *
     * @param line in the expression, from 1
     * @param column in the line, from 1
     * @param code {@code unknown_column}, {@code unknown_function}, {@code type_mismatch} or {@code syntax}
     * @param suggestions near misses of an unknown column or function
     */
    public record Problem(int line, int column, String code, String message, List<String> suggestions) {
        public Problem {
            suggestions = List.copyOf(suggestions);
        }
    }

    private final transient List<Problem> problems;

    public ExpressionException(List<Problem> problems) {
        super(problems.isEmpty() ? "invalid expression" : problems.getFirst().message());
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
