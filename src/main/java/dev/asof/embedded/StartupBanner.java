package dev.asof.embedded;

import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.Banner;
import org.springframework.core.env.Environment;

/** The server's first lines: where its API, its pages and its data are, and how to look into them with psql. */
final class StartupBanner implements Banner {

    private final String data;
    private final boolean psql;

    /**
     * @param data where the data is, in words or as a path
     * @param psql whether to show a psql command with the reader's password
     */
    StartupBanner(String data, boolean psql) {
        this.data = data;
        this.psql = psql;
    }

    @Override
    public void printBanner(Environment environment, @Nullable Class<?> sourceClass, PrintStream out) {
        var server = "http://localhost:" + environment.getProperty("server.port", "8080");
        out.printf("""

            Asof
              API         %1$s/api/v1
              Swagger UI  %1$s/swagger-ui.html
              Data        %2$s
            """, server, data);
        if (psql) {
            out.printf("  psql        psql \"%s\"%n", readerUrl(environment));
        }
        out.println();
    }

    private static String readerUrl(Environment environment) {
        var location = environment.getRequiredProperty("spring.datasource.url").replaceFirst("^jdbc:postgresql://", "");
        return "postgresql://%s:%s@%s"
                .formatted(
                        environment.getProperty("asof.reader.username", "asof_reader"),
                        environment.getRequiredProperty("asof.reader.password"),
                        location);
    }
}
