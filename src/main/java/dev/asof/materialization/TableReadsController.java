package dev.asof.materialization;

import dev.asof.ingestion.KnownSources;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobState;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
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
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Reads of table sources over HTTP. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Rows")
class TableReadsController {

    /** A read as the API shows it. */
    @Schema(name = "TableRead")
    record Answer(
            long id,
            String source,
            TableRead.Cause cause,
            JobState state,

            @Schema(description = "Rows that the table had, or has given so far")
            long rowsRead,

            @Schema(description = "Accepted rows that are new")
            long newRows,

            @Schema(description = "Accepted rows of a snapshot that were there with other values")
            long changedRows,

            @Schema(description = "Rows of a snapshot that are gone, and deleted")
            long vanishedRows,

            @Schema(description = "Rows that broke the contract")
            long quarantined,

            @Nullable @Schema(description = "The batch; null when there was nothing to take")
            Long batchId,

            @Nullable String error,
            List<Violation> violations,
            String createdAt,
            String updatedAt) {

        Answer {
            violations = List.copyOf(violations);
        }

        static Answer of(TableRead read) {
            return new Answer(
                    read.id(),
                    read.source().value(),
                    read.cause(),
                    read.state(),
                    read.rowsRead(),
                    read.newRows(),
                    read.changedRows(),
                    read.vanishedRows(),
                    read.quarantined(),
                    read.batch().map(BatchId::value).orElse(null),
                    read.error().orElse(null),
                    read.violations(),
                    Timestamps.format(read.createdAt()),
                    Timestamps.format(read.updatedAt()));
        }
    }

    /** Several reads. */
    @Schema(name = "TableReads")
    record Answers(List<Answer> items) {
        Answers {
            items = List.copyOf(items);
        }
    }

    private final TableSourceReads reader;
    private final TableReads reads;
    private final BackgroundWork background;
    private final Registry registry;
    private final TransactionTemplate transaction;

    TableReadsController(
            TableSourceReads reader,
            TableReads reads,
            BackgroundWork background,
            Registry registry,
            PlatformTransactionManager transactions) {
        this.reader = reader;
        this.reads = reads;
        this.background = background;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
    }

    @PostMapping("/sources/{name}/reads")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "readTableSource",
            summary = "Read a table source",
            description = "As a job, which takes what is new, changed or gone since the last read as one batch")
    Answer read(@Parameter(example = "customer_daily") @PathVariable String name) {
        SourceName source = reader.readable(name);
        registry.current().requireTakes(source);
        Optional<JobRun> started = transaction.execute(_ -> {
            Optional<JobRun> run = reads.create(source, TableRead.Cause.REQUEST);
            run.ifPresent(background::scheduleRead);
            return run;
        });
        JobRun run = started.orElseThrow(() -> new AsofException(
                ErrorCode.CONFLICT, "A read of '%1$s' is under way: GET /sources/%1$s/reads shows it".formatted(name)));
        return get(run.job());
    }

    @GetMapping("/sources/{name}/reads")
    @Operation(
            operationId = "listTableReads",
            summary = "List the reads of a table source, newest first",
            description = "The newest 100; older ones are found by their id")
    Answers list(@Parameter(example = "customer_daily") @PathVariable String name) {
        return new Answers(reads.ofSource(KnownSources.require(registry.current(), name)).stream()
                .map(Answer::of)
                .toList());
    }

    @GetMapping("/table-reads/{id}")
    @Operation(operationId = "getTableRead", summary = "Follow a read of a table source")
    Answer get(@Parameter(example = "1") @PathVariable long id) {
        return Answer.of(reads.find(id)
                .orElseThrow(() -> new AsofException(ErrorCode.NOT_FOUND, "There is no read %s".formatted(id))));
    }

    @PostMapping("/table-reads/{id}/cancel")
    @Operation(
            operationId = "cancelTableRead",
            summary = "Cancel a read of a table source",
            description = "Nothing of it is stored; the next read takes what it would have taken")
    Answer cancel(@Parameter(example = "1") @PathVariable long id) {
        Answer before = get(id);
        if (!reads.table().cancel(id)) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "Read %s has ended: it is %s"
                            .formatted(id, get(before.id()).state().text()));
        }
        return get(id);
    }
}
