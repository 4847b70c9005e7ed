package dev.asof.registry;

import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects where the parts of one definition stand and what is wrong with them. */
final class Findings {

    private static final int MAX_VIOLATIONS = 1_000;

    private final String root;
    private final int lineOffset;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();

    Findings(String root, int lineOffset) {
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
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(new Violation(
                    Locations.join(root, path), Locations.nearestLine(lines, path), code, message, suggestions));
        }
    }

    /** Where the line is not the path's own: a field's second occurrence. */
    void addAt(Node node, String path, String code, String message) {
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(
                    Violation.of(Locations.join(root, path), code, message).atLine(line(node)));
        }
    }

    int line(Node node) {
        return lineOffset + node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    List<Violation> violations() {
        return violations;
    }

    Locations locations() {
        return new Locations(root, lines);
    }
}
