package dev.asof.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Postgres refuses to run as root. In a user namespace of its own, root's process is an ordinary user's. */
final class Unprivileged {

    private static final List<String> NAMESPACE = List.of("unshare", "--user");

    private Unprivileged() {
    }

    static List<String> command(String program, List<String> arguments) {
        var command = new ArrayList<String>();
        if (isRoot()) {
            command.addAll(NAMESPACE);
        }
        command.add(program);
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /** @throws EmbeddedStoresException if this process is root and cannot make a user namespace */
    static void check() {
        if (!isRoot()) {
            return;
        }
        var command = new ArrayList<>(NAMESPACE);
        command.add("true");
        var result = Commands.tryRun(command, Map.of(), "");
        if (result.exitCode() != 0) {
            throw new EmbeddedStoresException(("Postgres does not run as root, and \"unshare --user\", which would give "
                    + "it a user of its own, does not work here (%s): start as an ordinary user, or configure real "
                    + "stores with SPRING_DATASOURCE_URL and SPRING_DATA_REDIS_URL.").formatted(result.output().strip()));
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
