package dev.asof;

import java.time.Clock;
import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** The Asof server. */
@SpringBootApplication
public class AsofApplication {

    public static void main(String[] args) {
        // Asof's own code names a locale wherever one counts; this is for the libraries.
        Locale.setDefault(Locale.ROOT);
        SpringApplication.run(AsofApplication.class, args);
    }

    /** The one clock of all layers (rule T3), which tests replace. */
    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
