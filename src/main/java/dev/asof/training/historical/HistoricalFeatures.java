package dev.asof.training.historical;

import dev.asof.formats.ResultColumn;
import dev.asof.formats.ResultFormat;
import dev.asof.formats.RowWriter;
import dev.asof.offline.BlockJoin;
import dev.asof.offline.HistoryCopies;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.SharedSnapshot;
import dev.asof.offline.SharedSnapshots;
import dev.asof.shared.AsofException;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.training.TrainingProperties;
import dev.asof.training.TrainingQuery;
import dev.asof.training.spine.LoadedSpine;
import dev.asof.training.spine.RowsAhead;
import dev.asof.training.spine.SpineBlocks;
import dev.asof.training.spine.SpineFile;
import dev.asof.training.spine.SpineSources;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/**
 * Joins spines with features: the whole spine is checked and kept in a file, then it is joined block by block, all with
 * one snapshot, and the rows go to the response as they come.
 */
@Component
public class HistoricalFeatures {

    private static final int OUTPUT_BUFFER = 64 * 1024;

    private final SpineSources spines;
    private final PointInTimeJoin join;
    private final SharedSnapshots snapshots;
    private final HistoryCopies copies;
    private final Semaphore permits;

    HistoricalFeatures(
            SpineSources spines,
            PointInTimeJoin join,
            SharedSnapshots snapshots,
            HistoryCopies copies,
            TrainingProperties properties) {
        this.spines = spines;
        this.join = join;
        this.snapshots = snapshots;
        this.copies = copies;
        this.permits = new Semaphore(properties.maxConcurrent());
    }

    /** Where the rows go; opened when the first of them is known and nothing of the request can be refused any more. */
    @FunctionalInterface
    public interface Target {
        OutputStream open() throws IOException;
    }

    /**
     * Writes the training rows.
     *
     * @throws AsofException before the target is opened, for everything the caller can mend
     * @throws IOException when the target can't be written, as when the client is gone
     * @throws SQLException when Postgres fails; the target may have been opened then
     */
    void write(RequestPlanner.Plan plan, ResultFormat format, boolean int64AsText, Target target)
            throws IOException, SQLException {
        if (!permits.tryAcquire()) {
            throw new AsofException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many training requests are running: try again in a moment");
        }
        try (var file = new SpineFile()) {
            var spine = EndableWork.<LoadedSpine, IOException, SQLException>whileWanted(
                    () -> spines.load(plan.spine(), plan.query(), file));
            stream(plan.query(), spine, file, new Output(format, int64AsText, target));
        } finally {
            permits.release();
        }
    }

    private record Output(ResultFormat format, boolean int64AsText, Target target) {}

    private void stream(TrainingQuery query, LoadedSpine spine, SpineFile file, Output output)
            throws IOException, SQLException {
        var reading = new PointInTimeJoin.Reading(query.strict(), query.known(), Optional.empty());
        var copied = copies.open(query.selection(), spine.rows());
        if (copied.isPresent()) {
            try (var history = copied.get();
                    var joined = history.join(() -> (first, _) -> file.readFrom(first, spine), reading, spine.rows())) {
                stream(joined, query, spine, file, output);
            }
            return;
        }
        var blocks = new SpineBlocks(join, query.selection(), reading, file, spine);
        try (var snapshot = snapshot(spine.rows());
                var joined = new BlockJoin(blocks, snapshot.connections(), spine.rows())) {
            stream(joined, query, spine, file, output);
        }
    }

    private static void stream(BlockJoin joined, TrainingQuery query, LoadedSpine spine, SpineFile file, Output output)
            throws IOException, SQLException {
        EndableWork.<LoadedSpine, IOException, SQLException>whileWanted(() -> {
            write(joined, query, spine, file, output);
            return spine;
        });
    }

    private static void write(BlockJoin joined, TrainingQuery query, LoadedSpine spine, SpineFile file, Output output)
            throws IOException, SQLException {
        try (var spineRows = file.read(spine)) {
            var rows = new JoinedRows(spineRows, joined, spine, query.selection());
            try (var ahead = new RowsAhead("training-rows", rows::next)) {
                write(rows.columns(), ahead, output);
            }
        }
    }

    private static void write(List<ResultColumn> columns, RowsAhead rows, Output output)
            throws IOException, SQLException {
        var row = rows.next();
        var out = new BufferedOutputStream(output.target().open(), OUTPUT_BUFFER);
        try (var writer = RowWriter.of(output.format(), columns, out, output.int64AsText())) {
            for (; row != null; row = rows.next()) {
                writer.row(row);
            }
            writer.finish();
        }
        out.flush();
    }

    private SharedSnapshot snapshot(long rows) {
        try {
            return snapshots.open(rows, false);
        } catch (SQLException e) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The offline store is not answering; try again", e);
        }
    }
}
