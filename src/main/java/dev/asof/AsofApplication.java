package dev.asof;

import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** The Asof server. */
@SpringBootApplication
public class AsofApplication {

    private static final Duration HEAVY_WORK_WAIT = Duration.ofSeconds(10);

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

    /** What may use up a processor for long, of all modules. */
    @Bean
    HeavyWork heavyWork(@Value("${asof.heavy-work.longest}") Duration longest, BackgroundLoops loops) {
        return new HeavyWork(Math.max(2, Runtime.getRuntime().availableProcessors()), HEAVY_WORK_WAIT, longest, loops);
    }

    private static boolean isStoreAway(Throwable failure) {
        return failure instanceof DataAccessException
                || failure instanceof TransactionException
                || (failure instanceof AsofException known && known.code() == ErrorCode.UNAVAILABLE);
    }
}
