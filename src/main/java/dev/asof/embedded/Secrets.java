package dev.asof.embedded;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

/** The stores' generated passwords and last ports, in a file that only its owner can read. */
final class Secrets {

    enum Name {
        POSTGRES_SUPERUSER,
        POSTGRES_OWNER,
        POSTGRES_READER,
        REDIS
    }

    enum Port {
        POSTGRES,
        REDIS
    }

    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final int BYTES = 18;

    private final Path file;
    private final Properties properties;

    private Secrets(Path file, Properties properties) {
        this.file = file;
        this.properties = properties;
    }

    /** Reads the data directory's secrets; makes them where there are none. */
    static Secrets in(Path dataDirectory) {
        var file = dataDirectory.resolve("secrets.properties");
        var properties = new Properties();
        try {
            if (Files.exists(file)) {
                properties.load(new StringReader(Files.readString(file)));
            }
            var secrets = new Secrets(file, properties);
            var random = new SecureRandom();
            for (var name : Name.values()) {
                properties.computeIfAbsent(key(name), key -> generate(random));
            }
            secrets.write();
            return secrets;
        } catch (IOException e) {
            throw new EmbeddedStoresException("The secrets in " + file + " cannot be read or written: " + e, e);
        }
    }

    String password(Name name) {
        return properties.getProperty(key(name));
    }

    synchronized int port(Port store) {
        return Integer.parseInt(properties.getProperty(key(store), "0"));
    }

    /** The port that the store had last, if it is free, else another free one; kept for the next start. */
    synchronized int chooseFreePort(Port store) throws IOException {
        var port = Ports.free(port(store));
        properties.setProperty(key(store), Integer.toString(port));
        write();
        return port;
    }

    private void write() throws IOException {
        var text = new StringWriter();
        properties.store(text, null);
        ownerOnly(file, text.toString());
    }

    /** Writes a file that was never readable by anyone else, and is never seen half written. */
    static void ownerOnly(Path file, String text) throws IOException {
        var scratch = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp", OWNER_ONLY);
        Files.writeString(scratch, text);
        Files.move(scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String generate(SecureRandom random) {
        var bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String key(Name name) {
        return name.name().toLowerCase(Locale.ROOT).replace('_', '.') + ".password";
    }

    private static String key(Port store) {
        return store.name().toLowerCase(Locale.ROOT) + ".port";
    }
}
