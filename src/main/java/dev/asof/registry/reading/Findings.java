package dev.asof.registry.reading;

import dev.asof.registry.catalog.Locations;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects where the parts of one definition stand and what is wrong with them. */
final class Findings {

    private final String root;
    private final int lineOffset;
    private final Map<String, Integer> lines = new HashMap<>();
    private final Violations violations;

    /** @param violations of the whole bundle, to which those of the definition are added */
    Findings(String root, int lineOffset, Violations violations) {
        this.violations = violations;
        this.root = root;
        this.lineOffset = lineOffset;
    }

    void locate(String path, Node node) {
        lines.putIfAbsent(path, line(node));
    }

    void add(String path, String code, String message) {
        add(path, code, message, List.of());
    }

    void add(String path, String code, String message, List<String> suggestions) {
        add(path, code, message, () -> suggestions);
    }

    /** As {@link #add(String, String, String, List)}; near misses are looked for where they will be read. */
    void add(String path, String code, String message, Supplier<List<String>> suggestions) {
        violations.add(
                code,
                () -> new Violation(
                        Locations.join(root, path),
                        Locations.nearestLine(lines, path),
                        code,
                        message,
                        suggestions.get()));
    }

    /** Where the line is not the path's own: a field's second occurrence. */
    void addAt(Node node, String path, String code, String message) {
        violations.add(
                code,
                () -> Violation.of(Locations.join(root, path), code, message).atLine(line(node)));
    }

    int line(Node node) {
        return lineOffset + node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    Locations locations() {
        return new Locations(root, lines);
    }
}
