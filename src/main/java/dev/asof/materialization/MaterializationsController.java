package dev.asof.materialization;

import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobState;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Materialization jobs over HTTP. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Materialization")
class MaterializationsController {

    /**
     * What to start.
     *
     * @param version the version; null for the current one
     */
    @Schema(name = "MaterializationRequest")
    record Request(@Nullable @Schema(example = "1") Integer version) {}

    /** A job as the API shows it. */
    @Schema(name = "Materialization")
    record Answer(
            long id,
            MaterializationKind kind,
            String view,
            int version,
            JobState state,
            long rowsDone,
            long rowsTotal,
            @Nullable String error,
            String createdAt,
            String updatedAt) {

        static Answer of(MaterializationJob job) {
            return new Answer(
                    job.id(),
                    job.kind(),
                    job.version().view().value(),
                    job.version().version(),
                    job.state(),
                    job.rowsDone(),
                    job.rowsTotal(),
                    job.error().orElse(null),
                    Timestamps.format(job.createdAt()),
                    Timestamps.format(job.updatedAt()));
        }
    }

    /** Several jobs. */
    @Schema(name = "Materializations")
    record Answers(List<Answer> items) {}

    private final Registry registry;
    private final MaterializationJobs jobs;
    private final BackgroundWork background;
    private final TransactionTemplate transaction;

    MaterializationsController(
            Registry registry,
            MaterializationJobs jobs,
            BackgroundWork background,
            PlatformTransactionManager transactions) {
        this.registry = registry;
        this.jobs = jobs;
        this.background = background;
        this.transaction = new TransactionTemplate(transactions);
    }

    @PostMapping("/feature-views/{name}/materializations")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "rebuildFeatureView",
            summary = "Rebuild a view online",
            description = "Brings the newest feature row of every key online again from the offline store, as a job")
    Answer rebuild(
            @Parameter(example = "departures") @PathVariable String name,
            @RequestBody(required = false) @Nullable Request request) {
        Integer version = request == null ? null : request.version();
        FeatureViewName view = viewName(name);
        RegisteredView registered = version == null
                ? registry.current().currentView(view).orElseThrow(() -> noCurrentVersion(view))
                : registry.current().view(checked(view, version));
        requireLive(registered.version(), "it can't be rebuilt");
        registry.current().requireTakes(registered.source());
        return start(List.of(registered)).getFirst();
    }

    @PostMapping("/online-store/rebuild")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "rebuildOnlineStore",
            summary = "Rebuild the online store",
            description = "Brings every live version of every view online again from the offline store, a job each")
    Answers rebuildAll() {
        RegistrySnapshot snapshot = registry.current();
        snapshot.sources()
                .forEach(source -> snapshot.requireTakes(source.definition().name()));
        return new Answers(start(snapshot.liveViews()));
    }

    private List<Answer> start(List<RegisteredView> views) {
        List<JobRun> runs = transaction.execute(_ -> {
            var scheduled = views.stream()
                    .map(view -> jobs.createRebuild(view.version()))
                    .toList();
            scheduled.forEach(background::schedule);
            return scheduled;
        });
        return runs.stream().map(run -> get(run.job())).toList();
    }

    @GetMapping("/feature-views/{name}/materializations")
    @Operation(
            operationId = "listMaterializations",
            summary = "List a view's jobs, newest first",
            description = "The newest 100; older ones are found by their id")
    Answers list(@Parameter(example = "departures") @PathVariable String name) {
        return new Answers(jobs.ofView(viewName(name)).stream().map(Answer::of).toList());
    }

    @GetMapping("/materializations/{id}")
    @Operation(operationId = "getMaterialization", summary = "Follow a job")
    Answer get(@Parameter(example = "1") @PathVariable long id) {
        return Answer.of(jobs.find(id).orElseThrow(() -> noSuchJob(id)));
    }

    @PostMapping("/materializations/{id}/cancel")
    @Operation(
            operationId = "cancelMaterialization",
            summary = "Cancel a job",
            description = "What it has computed stays; a cancelled backfill can be resumed")
    Answer cancel(@Parameter(example = "1") @PathVariable long id) {
        if (!jobs.table().cancel(id)) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "Job %s has ended: it is %s".formatted(id, get(id).state().text()));
        }
        return get(id);
    }

    @PostMapping("/materializations/{id}/resume")
    @Operation(
            operationId = "resumeMaterialization",
            summary = "Resume a job",
            description = "A failed or cancelled job goes on where it stopped")
    Answer resume(@Parameter(example = "1") @PathVariable long id) {
        jobs.find(id)
                .map(MaterializationJob::version)
                .ifPresent(version -> requireLive(version, "its jobs can't be resumed"));
        Optional<JobRun> resumed = transaction.execute(_ -> {
            Optional<JobRun> run = jobs.table().resume(id);
            run.ifPresent(background::schedule);
            return run;
        });
        if (resumed.isEmpty()) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "Only failed and cancelled jobs can be resumed; job %s is %s"
                            .formatted(id, get(id).state().text()));
        }
        return get(id);
    }

    private void requireLive(ViewVersion version, String consequence) {
        if (registry.current().liveViews().stream()
                .noneMatch(view -> view.version().equals(version))) {
            throw new AsofException(ErrorCode.CONFLICT, "%s is retired; %s".formatted(version, consequence));
        }
    }

    /** A name that cannot be one is as unknown as any other. */
    private FeatureViewName viewName(String name) {
        var existing = registry.current().liveViews().stream()
                .map(view -> view.version().view().value())
                .toList();
        if (!existing.contains(name)) {
            throw AsofException.notFound("feature view", name, existing);
        }
        return new FeatureViewName(name);
    }

    private static ViewVersion checked(FeatureViewName view, int version) {
        if (version < 1) {
            throw new AsofException(ErrorCode.INVALID, "Versions count from 1");
        }
        return new ViewVersion(view, version);
    }

    private static AsofException noCurrentVersion(FeatureViewName view) {
        return new AsofException(
                ErrorCode.NOT_READY, "Feature view '%s' has no current version yet; name a version".formatted(view));
    }

    private static AsofException noSuchJob(long id) {
        return new AsofException(ErrorCode.NOT_FOUND, "There is no materialization %s".formatted(id));
    }
}
