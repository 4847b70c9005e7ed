package dev.planted.upper;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Date;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.data.repository.CrudRepository;
import org.springframework.web.bind.annotation.RestController;

/** Everything that the rules about code forbid. */
@SuppressWarnings({"JavaUtilDate", "TimeZoneUsage"})
public final class Careless {

    private Careless() {}

    /** Reads the machine's clock in every way there is. */
    public static final class ClockReader {

        Instant instant() {
            return Instant.now();
        }

        LocalDateTime localDateTime() {
            return LocalDateTime.now(ZoneOffset.UTC);
        }

        long millis() {
            return System.currentTimeMillis();
        }

        Date date() {
            return new Date();
        }

        Clock clock() {
            return Clock.systemUTC();
        }

        /** Given a clock, all is well. */
        Instant fromClock(Clock clock) {
            return Instant.now(clock);
        }

        /** So is measuring how long something took. */
        long elapsed() {
            return System.nanoTime();
        }

        Timestamp sql() {
            return new Timestamp(0);
        }
    }

    /** A controller for others to call. */
    @RestController
    public static class PublicController {}

    /** A repository for others to call. */
    public interface PublicRepository extends CrudRepository<String, String> {}

    /** A bean whose dependency is not in its constructor. */
    public static class InjectedField {

        @Autowired
        Clock clock;
    }
}
