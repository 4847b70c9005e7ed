package dev.asof;

import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

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

    /** The background work of all modules. */
    @Bean
    BackgroundLoops backgroundLoops(MeterRegistry meters) {
        return new BackgroundLoops(meters, AsofApplication::isStoreAway);
    }

    private static boolean isStoreAway(Throwable failure) {
        return failure instanceof DataAccessException
                || failure instanceof TransactionException
                || (failure instanceof AsofException known && known.code() == ErrorCode.UNAVAILABLE);
    }
}
