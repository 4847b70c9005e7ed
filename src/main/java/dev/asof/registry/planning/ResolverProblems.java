package dev.asof.registry.planning;

import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violations;
import dev.asof.transform.ExpressionException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What is found wrong with a view while it is resolved. */
final class ResolverProblems {

    private final List<Problem> problems = new ArrayList<>();

    List<Problem> all() {
        return problems;
    }

    void report(String path, String code, String message) {
        report(path, code, message, List.of());
    }

    void report(String path, String code, String message, List<String> suggestions) {
        problems.add(new Problem(path, code, message, suggestions));
    }

    /** What is wrong with an expression of a feature. */
    void report(String path, String feature, ExpressionException exception) {
        for (var problem : exception.problems()) {
            report(
                    path,
                    problem.code(),
                    "Feature '%s', at line %s, column %s: %s"
                            .formatted(feature, problem.line(), problem.column(), problem.message()),
                    problem.suggestions());
        }
    }

    /** Near misses, which take long to find among many names, for as many problems as are answered. */
    List<String> nearest(String name, Collection<String> existing) {
        return problems.size() < Violations.SHOWN ? Suggestions.nearest(name, existing) : List.of();
    }
}
