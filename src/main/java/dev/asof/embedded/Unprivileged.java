package dev.asof.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Postgres refuses to run as root; this is how root runs it all the same. */
enum Unprivileged {

    /** This process is not root, and neither are the ones it starts. */
    AS_THIS_USER(List.of(), 0),
    /** In a user namespace of its own, root's process is an ordinary user's; the files stay root's. */
    IN_USER_NAMESPACE(List.of("unshare", "--user"), 0),
    /** Where namespaces are forbidden, as in Docker's default profile: as nobody, who then owns the files. */
    AS_NOBODY(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), 65534);

    private final List<String> wrapper;
    private final int owner;

    Unprivileged(List<String> wrapper, int owner) {
        this.wrapper = wrapper;
        this.owner = owner;
    }

    /** @throws EmbeddedStoresException if this process is root and no way works here */
    static Unprivileged find() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return AS_THIS_USER;
        }
        if (IN_USER_NAMESPACE.works()) {
            return IN_USER_NAMESPACE;
        }
        if (AS_NOBODY.works()) {
            return AS_NOBODY;
        }
        throw new EmbeddedStoresException("Postgres does not run as root, and neither \"unshare\" nor \"setpriv\""
                + " (both of util-linux) can give it another user here: start as an ordinary user, or configure real"
                + " stores with SPRING_DATASOURCE_URL and SPRING_DATA_REDIS_URL.");
    }

    List<String> command(String program, List<String> arguments) {
        var command = new ArrayList<>(wrapper);
        command.add(program);
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /** Of a directory that nobody else is to look into, but through which the commands must get to their own. */
    Set<PosixFilePermission> directoryPermissions() {
        return PosixFilePermissions.fromString(
                switch (this) {
                    case AS_THIS_USER, IN_USER_NAMESPACE -> "rwx------";
                    case AS_NOBODY -> "rwx--x--x";
                });
    }

    /** Gives a directory and all in it to the user that the commands run as, if that may be another one. */
    void own(Path directory) throws IOException {
        if (this == AS_THIS_USER || owner == (int) Files.getAttribute(directory, "unix:uid")) {
            return;
        }
        try (var paths = Files.walk(directory)) {
            for (var path : (Iterable<Path>) paths::iterator) {
                Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private boolean works() {
        return Commands.tryRun(command("true", List.of()), Map.of(), "").exitCode() == 0;
    }
}
