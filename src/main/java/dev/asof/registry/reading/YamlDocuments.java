package dev.asof.registry.reading;

import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads text into YAML 1.2 documents (core schema), JSON being a part of YAML. After a syntax error it goes on with
 * the next document, so that one slip does not hide the others.
 */
final class YamlDocuments {

    static final int MAX_CHARACTERS = 5_000_000;

    private static final int MAX_ALIASES = 50;
    private static final int MAX_SYNTAX_ERRORS = 20;

    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setAllowNonScalarKeys(true)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .setCodePointLimit(MAX_CHARACTERS)
            .build();

    private final List<Node> documents = new ArrayList<>();
    private final Violations violations;

    private YamlDocuments(Violations violations) {
        this.violations = violations;
    }

    /**
     * The roots of the documents that could be read; empty ones are left out.
     *
     * @param violations gets what could not be read
     */
    static List<Node> parse(String text, Violations violations) {
        var result = new YamlDocuments(violations);
        result.parse(text);
        return result.documents;
    }

    private void parse(String text) {
        if (text.length() > MAX_CHARACTERS) {
            violations.add(Violation.of(
                    null,
                    "too_large",
                    String.format(
                            Locale.ROOT,
                            "The bundle has %,d characters; at most %,d are read: split it",
                            text.length(),
                            MAX_CHARACTERS)));
            return;
        }
        var unprintable = unprintable(text);
        if (unprintable.isPresent()) {
            violations.add(unprintable.get());
            return;
        }
        parseParts(text.lines().toList());
    }

    private void parseParts(List<String> lines) {
        int start = 0;
        while (start < lines.size() && violations.count() < MAX_SYNTAX_ERRORS) {
            Integer failedLine = parsePart(lines, start);
            start = failedLine == null ? lines.size() : nextDocument(lines, Math.max(start + 1, failedLine));
        }
    }

    /** Returns the line, from 0, on which reading failed; null when all was read. */
    private @Nullable Integer parsePart(List<String> lines, int start) {
        // the lines before are left empty, so that every line keeps its number
        String part = "\n".repeat(start) + String.join("\n", lines.subList(start, lines.size()));
        var parser = new BoundedParser(
                new ParserImpl(SETTINGS, new StreamReader(SETTINGS, new WholeCharacters(part))), MAX_CHARACTERS);
        var composer = new Composer(SETTINGS, parser);
        try {
            while (composer.hasNext()) {
                Node root = composer.next();
                if (!root.getTag().equals(Tag.NULL)) {
                    documents.add(root);
                }
            }
            return null;
        } catch (BoundedParser.TooLargeException e) {
            violations.add(Violation.of(null, "too_large", String.valueOf(e.getProblem())));
            return null;
        } catch (MarkedYamlEngineException e) {
            int line =
                    e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(start);
            violations.add(syntaxError(explanation(e), line));
            return line;
        } catch (YamlEngineException e) {
            violations.add(syntaxError(String.valueOf(e.getMessage()), start));
            return start;
        }
    }

    private static Violation syntaxError(String explanation, int line) {
        return Violation.of(null, ParsedBundle.SYNTAX, "This is neither YAML 1.2 nor JSON: " + explanation)
                .atLine(line + 1);
    }

    private static String explanation(MarkedYamlEngineException e) {
        String problem = String.valueOf(e.getProblem());
        if (problem.contains("\\t(TAB)")) {
            return "a tab can't indent a line; use spaces";
        }
        String context = e.getContext();
        String where = e.getProblemMark()
                .map(mark -> " at column " + (mark.getColumn() + 1))
                .orElse("");
        return (context == null || context.isBlank() ? problem : context + ", " + problem) + where;
    }

    private static int nextDocument(List<String> lines, int from) {
        int line = from;
        while (line < lines.size() && !lines.get(line).startsWith("---")) {
            line++;
        }
        return line;
    }

    private static Optional<Violation> unprintable(String text) {
        int line = 1;
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            if (!StreamReader.isPrintable(character)) {
                return Optional.of(Violation.of(
                                null,
                                "invalid_character",
                                String.format(
                                        Locale.ROOT,
                                        "The character U+%04X can't stand in a bundle: remove it",
                                        character))
                        .atLine(line));
            }
            line += character == '\n' ? 1 : 0;
            i += Character.charCount(character);
        }
        return Optional.empty();
    }
}
