package dev.planted.upper;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.text.Collator;
import java.text.DecimalFormat;
import java.text.MessageFormat;
import java.text.NumberFormat;
import java.text.SimpleDateFormat;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

    /** Works by the language and the zone of the machine in every way there is. */
    @SuppressWarnings({"DefaultLocale", "StringCaseLocaleUsage"})
    public static final class Local {

        String cases(String text) {
            return text.toLowerCase() + text.toUpperCase();
        }

        String numbers() {
            return NumberFormat.getInstance().format(1) + new DecimalFormat("0").format(1);
        }

        String texts() {
            return MessageFormat.format("{0}", 1) + Collator.getInstance() + Locale.getDefault();
        }

        String times() {
            return DateTimeFormatter.ofPattern("d MMM") + new SimpleDateFormat("d").toPattern();
        }

        String zones() {
            return ZoneId.systemDefault() + TimeZone.getDefault().getID();
        }

        /** Told which, all is well. */
        String told(String text) {
            return text.toLowerCase(Locale.ROOT) + DateTimeFormatter.ofPattern("d", Locale.ROOT);
        }
    }

    /** Reads columns as what they aren't, and in the zone of the JVM. */
    public static final class ColumnReader {

        Object array(ResultSet result) throws SQLException {
            return result.getArray(1).getArray();
        }

        Object timestamp(ResultSet result) throws SQLException {
            return result.getTimestamp("at");
        }

        Object date(ResultSet result) throws SQLException {
            return result.getDate(1);
        }

        Object time(ResultSet result) throws SQLException {
            return result.getTime(1);
        }

        Object object(ResultSet result) throws SQLException {
            return result.getObject(1);
        }

        Timestamp parameter(Instant instant) {
            return Timestamp.from(instant);
        }

        /** As what it is, all is well. */
        Object instant(ResultSet result) throws SQLException {
            return result.getObject(1, OffsetDateTime.class);
        }
    }

    /** Begins threads in every way there is. */
    public static final class ThreadStarter {

        void threads(Runnable work) {
            new Thread(work).start();
            Thread.startVirtualThread(work);
            Thread.ofPlatform().start(work);
            Thread.ofVirtual().unstarted(work);
        }

        void executors(Runnable work) {
            Executors.newCachedThreadPool().execute(work);
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()).execute(work);
            CompletableFuture.runAsync(work);
        }

        long parallel(List<Integer> numbers) {
            return numbers.parallelStream().count()
                    + numbers.stream().parallel().count();
        }
    }

    /** Leaves files about. */
    public static final class Littering {

        void litter() throws IOException {
            Files.createTempFile("a", "b");
            Files.createTempDirectory("a");
            File.createTempFile("a", "b");
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
