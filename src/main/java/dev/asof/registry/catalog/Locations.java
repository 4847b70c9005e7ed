package dev.asof.registry.catalog;

import dev.asof.shared.Violation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of one definition stand.
 *
 * @param root the definition's own path, such as {@code feature_views.card_activity}
 * @param lines lines from 1 by path relative to the root, such as {@code features[2].expression}; the definition
 *     itself is the empty path
 */
public record Locations(String root, Map<String, Integer> lines) {

    public Locations {
        lines = Map.copyOf(lines);
    }

    /** A violation at a path, on the line of the path or of its nearest ancestor that is known. */
    public Violation at(String relativePath, String code, String message, List<String> suggestions) {
        return new Violation(join(root, relativePath), nearestLine(lines, relativePath), code, message, suggestions);
    }

    public static String join(String parent, String child) {
        if (parent.isEmpty() || child.isEmpty() || child.startsWith("[")) {
            return parent + child;
        }
        return parent + "." + child;
    }

    public static @Nullable Integer nearestLine(Map<String, Integer> lines, String relativePath) {
        String path = relativePath;
        while (!lines.containsKey(path) && !path.isEmpty()) {
            path = path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
        }
        return lines.get(path);
    }
}
