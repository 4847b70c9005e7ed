package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The map in CONTRIBUTING.md leads to files that are there. */
class ContributingTest {

    private static final Path MAIN = Path.of("src/main/java/dev/asof");
    private static final Pattern NAME = Pattern.compile("`([A-Za-z/]*[A-Z]\\w+)(\\.[\\w.()]+)?`");
    private static final Pattern FILE = Pattern.compile("`((?:docker|docs|src)/[^`]+)`");

    @Test
    void everyFileOfTheMapIsThere() throws IOException {
        var map = places();

        assertThat(map).hasSizeGreaterThan(50);
        assertThat(missing(map)).isEmpty();
        assertThat(missing(List.of("`http/Caller`, `NoSuchType`, `shared/Caller`, `docs/nothing.md`")))
                .containsExactlyInAnyOrder("NoSuchType", "shared/Caller", "docs/nothing.md");
    }

    /** The right column of the table. */
    private static List<String> places() throws IOException {
        String text = Files.readString(Path.of("CONTRIBUTING.md"));
        String table =
                text.substring(text.indexOf("### From a word to its file"), text.indexOf("Why things are as they are"));
        return table.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                .skip(1)
                .map(line -> line.substring(line.indexOf(" | ") + 3))
                .toList();
    }

    private static List<String> missing(List<String> places) throws IOException {
        var types = types();
        var missing = new ArrayList<String>();
        for (String place : places) {
            NAME.matcher(place).results().map(found -> found.group(1)).forEach(name -> {
                boolean there = name.contains("/") ? Files.exists(MAIN.resolve(name + ".java")) : types.contains(name);
                if (!there) {
                    missing.add(name);
                }
            });
            FILE.matcher(place)
                    .results()
                    .map(found -> found.group(1))
                    .filter(file -> Files.notExists(Path.of(file)))
                    .filter(file -> !missing.contains(file))
                    .forEach(missing::add);
        }
        return missing;
    }

    private static Set<String> types() throws IOException {
        try (var files = Files.walk(MAIN)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }
}
