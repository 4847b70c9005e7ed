package dev.asof.ingestion.batch;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.asof.ingestion.KnownSources;
import dev.asof.ingestion.contract.RowViolation;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Quarantine over HTTP. */
@RestController
@RequestMapping("/api/v1/sources/{name}/quarantine")
@Tag(name = "Rows")
class QuarantineController {

    private static final int MAX_PAGE_SIZE = 1_000;

    /** A quarantined row as the API shows it; {@code row} is what was sent. */
    @Schema(name = "QuarantinedRow")
    record Entry(
            long id,
            long batchId,
            long rowNumber,
            String receivedAt,

            @Schema(implementation = Object.class, description = "What was sent") @JsonRawValue
            String row,

            List<RowViolation> violations) {}

    /** A page of quarantined rows, oldest first. */
    @Schema(name = "QuarantinedRows")
    record Page(List<Entry> items, @Nullable String nextPageToken) {}

    /**
     * Which rows to send again.
     *
     * @param ids null for the oldest ten thousand
     */
    record ReplayRequest(
            @Schema(description = "Ids from the list; without them the oldest 10,000", example = "[1]") @Nullable
            List<@Nullable Long> ids) {}

    private final Registry registry;
    private final Quarantine quarantine;
    private final QuarantineReplay replay;

    QuarantineController(Registry registry, Quarantine quarantine, QuarantineReplay replay) {
        this.registry = registry;
        this.quarantine = quarantine;
        this.replay = replay;
    }

    @GetMapping
    @Operation(
            operationId = "listQuarantinedRows",
            summary = "Look at refused rows",
            description = "What was sent, and every rule it broke, oldest first")
    Page list(
            @Parameter(example = "flights") @PathVariable String name,
            @RequestParam(name = "page_size", defaultValue = "100") int pageSize,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        SourceName source = existing(name);
        if (pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "page_size is between 1 and %s, not %s".formatted(MAX_PAGE_SIZE, pageSize));
        }
        List<Quarantine.Entry> entries = quarantine.waiting(source, after(pageToken), pageSize + 1);
        boolean more = entries.size() > pageSize;
        List<Quarantine.Entry> page = more ? entries.subList(0, pageSize) : entries;
        return new Page(
                page.stream().map(QuarantineController::entry).toList(),
                more ? Long.toString(page.getLast().id()) : null);
    }

    @PostMapping("/replay")
    @Operation(
            operationId = "replayQuarantinedRows",
            summary = "Send refused rows again",
            description = "Once the contract is mended: rows that satisfy it now become a batch, the others stay. "
                    + "Rows of table sources are tried again by each read")
    QuarantineReplay.Outcome replay(
            @Parameter(example = "flights") @PathVariable String name,
            @RequestBody(required = false) @Nullable ReplayRequest request) {
        List<@Nullable Long> ids = request == null ? null : request.ids();
        return replay.replay(
                KnownSources.requirePushed(registry.current(), name),
                ids == null ? Optional.empty() : Optional.of(checked(ids)));
    }

    private static Collection<Long> checked(List<@Nullable Long> ids) {
        var distinct = new LinkedHashSet<Long>();
        for (Long id : ids) {
            if (id != null) {
                distinct.add(id);
            }
        }
        if (distinct.isEmpty() || ids.contains(null) || distinct.size() > QuarantineReplay.ROWS_AT_ONCE) {
            String message = "ids lists 1 to %s ids of rows in quarantine; leave it out to send the oldest"
                    .formatted(QuarantineReplay.ROWS_AT_ONCE);
            throw AsofException.invalid(message, List.of(Violation.of("ids", "bad_value", message)));
        }
        return distinct;
    }

    private SourceName existing(String name) {
        return KnownSources.require(registry.current(), name);
    }

    private static long after(@Nullable String pageToken) {
        if (pageToken == null) {
            return 0;
        }
        try {
            return Long.parseLong(pageToken);
        } catch (NumberFormatException e) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "page_token is not one that this list gave: '%s'".formatted(pageToken),
                    e);
        }
    }

    private static Entry entry(Quarantine.Entry entry) {
        return new Entry(
                entry.id(),
                entry.batchId(),
                entry.rowNumber(),
                Timestamps.format(entry.receivedAt()),
                entry.raw(),
                entry.violations());
    }
}
