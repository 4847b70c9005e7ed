package dev.asof.training.dataset;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.offline.VisibleBatches;
import dev.asof.training.DatasetSpec;
import dev.asof.training.leakage.LeakageReport;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a dataset was made from and what came out.
 *
 * @param asofVersion of the server that built it
 * @param onDemand what computed the on-demand features; null where there are none
 * @param contentHash of the rows, whatever the format
 * @param parquetBytes the size of the file with all rows
 * @param parquetSha256 of that file
 * @param leftOut rows in no split: between two, before the first or after the last
 */
@Schema(name = "TrainingDatasetManifest")
@JsonInclude(JsonInclude.Include.NON_NULL)
record DatasetManifest(
        String name,
        int version,
        String createdAt,
        String createdBy,
        String builtAt,
        String asofVersion,
        @Nullable String featureService,
        List<DatasetSpec.Definition> definitions,
        @Nullable List<OnDemandPrograms.Program> onDemand,
        boolean strict,
        String known,
        Seen seen,
        Spine spine,
        DatasetSpec.@Nullable Label label,
        long rows,
        String contentHash,
        @Nullable Long parquetBytes,
        @Nullable String parquetSha256,
        List<ColumnStatistics.Summary> columns,
        List<SplitRows> splits,
        @Nullable String gap,
        @Nullable Long leftOut,
        LeakageReport.Verdict leakageVerdict,
        @Nullable Rebuilt rebuiltFrom) {

    /**
     * The batches whose rows counted (rule A7).
     *
     * @param batches as a Postgres multirange
     * @param missingBatches ids below the highest that were not visible, such as {@code 7} or {@code 12-15}
     */
    @Schema(name = "SeenBatches")
    record Seen(long highestBatch, List<String> missingBatches, String batches) {

        static Seen of(VisibleBatches visible) {
            return new Seen(
                    visible.highest(),
                    visible.missing().stream()
                            .map(range -> range.first() == range.last()
                                    ? Long.toString(range.first())
                                    : range.first() + "-" + range.last())
                            .toList(),
                    visible.ranges());
        }
    }

    /** @param table where it is kept */
    @Schema(name = "DatasetSpine")
    record Spine(
            String table,
            long rows,
            String hash,
            String asOfColumn,
            List<DatasetSpec.Column> columns,
            DatasetSpec.Origin origin) {}

    /** A split and its Parquet file. */
    @Schema(name = "SplitRows")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SplitRows(
            String name,
            @Nullable String from,
            @Nullable String until,
            long rows,
            long parquetBytes,
            String parquetSha256) {}

    /** @param matches whether the content is that of the version it was rebuilt from */
    @Schema(name = "Rebuilt")
    record Rebuilt(int version, String contentHash, boolean matches) {}
}
