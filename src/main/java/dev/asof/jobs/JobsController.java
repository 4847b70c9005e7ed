package dev.asof.jobs;

import dev.asof.http.Page;
import dev.asof.shared.Timestamps;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The list of all jobs over HTTP. */
@RestController
@RequestMapping(JobsController.API)
@Tag(name = "Jobs")
class JobsController {

    static final String API = "/api/v1";

    /** What a job is about. */
    @Schema(name = "JobSubject")
    record Subject(
            @Schema(description = "feature_view, source or training_dataset")
            String kind,

            String name,

            @Nullable @Schema(description = "Null for a source")
            Integer version) {}

    /** A job as the API shows it. */
    @Schema(name = "Job")
    record Answer(
            String kind,
            long id,
            JobState state,
            Subject about,
            long rowsDone,

            @Nullable @Schema(description = "Null while it isn't known")
            Long rowsTotal,

            @Schema(description = "How often it has failed by itself: after a few times it is given up")
            int failures,

            @Nullable @Schema(description = "Why it failed") String error,

            String createdAt,

            @Nullable @Schema(description = "When a server first began it; null until then")
            String startedAt,

            @Nullable @Schema(description = "When it was done, failed or was cancelled; null until then")
            String finishedAt,

            @Nullable @Schema(description = "When a server may take it, or take it again; null while one is at it")
            String nextTryAt,

            @Schema(description = "Its own resource, which says more")
            String href) {

        static Answer of(ListedJob job) {
            boolean underWay = job.state().isUnderWay();
            return new Answer(
                    job.kind(),
                    job.id(),
                    job.state(),
                    new Subject(
                            job.about(),
                            job.subject(),
                            job.version().isPresent() ? job.version().getAsInt() : null),
                    job.rowsDone(),
                    job.rowsTotal().isPresent() ? job.rowsTotal().getAsLong() : null,
                    job.failures(),
                    job.error().orElse(null),
                    Timestamps.format(job.createdAt()),
                    text(job.startedAt()),
                    underWay ? null : Timestamps.format(job.updatedAt()),
                    text(job.nextTryAt()),
                    API + job.path());
        }

        private static @Nullable String text(Optional<Instant> time) {
            return time.map(Timestamps::format).orElse(null);
        }
    }

    /** A page of jobs. */
    @Schema(name = "Jobs")
    record Answers(List<Answer> items, @Nullable String nextPageToken) {
        Answers {
            items = List.copyOf(items);
        }
    }

    private final JobList jobs;

    JobsController(JobList jobs) {
        this.jobs = jobs;
    }

    @GetMapping("/jobs")
    @Operation(
            operationId = "listJobs",
            summary = "List jobs of every kind, newest first",
            description = "Backfills and rebuilds (materialization), reads of table sources (table_read) and builds of"
                    + " training datasets (training_dataset), by the time they were ordered. Jobs of sources and"
                    + " datasets that were deleted are gone with them. Filters go together: kind is one of these three,"
                    + " state is one of pending, running, done, failed, cancelled. A job whose server died is running"
                    + " until another has taken it over, within seconds, and brought it to its end.")
    Answers list(
            @Parameter(example = "materialization") @RequestParam(required = false) @Nullable String kind,
            @Parameter(example = "done") @RequestParam(required = false) @Nullable String state,
            @RequestParam(name = "page_size", required = false) @Nullable Integer pageSize,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        var page = Page.of(pageSize, pageToken, text -> JobPosition.parse(text).isPresent());
        var found = jobs.page(
                Optional.ofNullable(kind).map(text -> JobState.oneOf("kind", text, jobs.kinds())),
                Optional.ofNullable(state).map(JobState::asked),
                page.after().flatMap(JobPosition::parse).orElse(JobPosition.NEWEST),
                page.size() + 1);
        var items = found.stream().limit(page.size()).toList();
        return new Answers(
                items.stream().map(Answer::of).toList(),
                found.size() > page.size()
                        ? Page.tokenAfter(JobPosition.after(items.getLast()).toString())
                        : null);
    }
}
