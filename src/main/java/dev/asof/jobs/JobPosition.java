package dev.asof.jobs;

import dev.asof.shared.Timestamps;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where a page of the list ends: the newest jobs come first, by the time they were ordered. */
record JobPosition(OffsetDateTime createdAt, String kind, long id) {

    /** Before all jobs: Postgres's infinity. */
    static final JobPosition NEWEST = new JobPosition(OffsetDateTime.MAX, "", 0);

    private static final Pattern FORM =
            Pattern.compile("(?<micros>[0-9]{1,17})\\.(?<kind>[a-z_]{1,50})\\.(?<id>[0-9]{1,18})");

    static JobPosition after(ListedJob job) {
        return new JobPosition(job.createdAt().atOffset(ZoneOffset.UTC), job.kind(), job.id());
    }

    static Optional<JobPosition> parse(String text) {
        var matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new JobPosition(
                        Timestamps.ofMicros(Long.parseLong(matcher.group("micros")))
                                .atOffset(ZoneOffset.UTC),
                        matcher.group("kind"),
                        Long.parseLong(matcher.group("id"))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return Timestamps.toMicros(createdAt.toInstant()) + "." + kind + "." + id;
    }
}
