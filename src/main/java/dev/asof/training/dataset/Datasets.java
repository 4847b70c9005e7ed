package dev.asof.training.dataset;

import dev.asof.jobs.JobKind;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobState;
import dev.asof.jobs.JobStore;
import dev.asof.jobs.JobTable;
import dev.asof.jobs.JobTables;
import dev.asof.offline.VisibleBatches;
import dev.asof.registry.Metadata;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetEvents;
import dev.asof.training.DatasetSpec;
import dev.asof.training.DatasetVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The versions of training datasets there are, and how far each is. */
@Repository
class Datasets implements JobStore {

    private static final String NEXT_VERSION = """
        insert into asof.training_dataset_name as n (name, newest_version) values (:name, 1)
        on conflict (name) do update set newest_version = n.newest_version + 1
        returning newest_version
        """;

    private static final String LOCK_NAME = """
        select name from asof.training_dataset_name where name = :name for update
        """;

    private static final String CREATE = """
        insert into asof.training_dataset
            (name, version, state, spec, spine_table, rows_total, description, owner, tags, created_by,
             created_at, updated_at)
        values (:name, :version, 'pending', :spec::json, :spine_table, :rows_total, :description, :owner,
                :tags::json, :created_by, :now, :now)
        returning id
        """;

    private static final String COLUMNS = """
        select id, name, version, state, spec, spine_table, rows_total, rows_done, error, description, owner, tags,
               created_by, created_at, updated_at
        from asof.training_dataset
        """;

    private static final String BY_ID = COLUMNS + "where id = :id";

    private static final String BY_NAME = COLUMNS + "where name = :name order by version desc";

    /** Of each name, among the versions that match, the newest that is done, or else the newest. */
    private static final String PAGE = """
        select distinct on (name) * from asof.training_dataset d
        where name > :after
          and (:owner::text is null or owner = :owner)
          and (:state::text is null or state = :state)
          and (:text::text is null or strpos(lower(concat_ws(chr(10),
                name, description, spec ->> 'feature_service',
                (select string_agg(key || chr(10) || value, chr(10)) from json_each_text(d.tags)))), lower(:text)) > 0)
          and not exists (
              select from json_array_elements_text(:tags::json) as wanted(tag)
              where wanted.tag not in (
                  select unnest(array[key, key || ':' || value]) from json_each_text(d.tags)))
        order by name, state = 'done' desc, version desc
        limit :limit
        """;

    private static final String PROGRESS = "rows_done = :rows";

    private static final String DONE = """
        rows_done = rows_total, manifest = :manifest::json, leakage_report = :report::json
        """;

    private static final String FAILED = "leakage_report = :report::json";

    private static final JobKind KIND = new JobKind(
            "training_dataset",
            "asof.training_dataset",
            false,
            "rows_done = 0",
            new JobKind.Listing(
                    "training_dataset",
                    "name",
                    "version",
                    "rows_done",
                    "rows_total",
                    "'/training-datasets/' || name || '@v' || version"),
            new JobKind.Tasks("asof.training_tasks", "training-dataset"));

    private static final String SHARES_SPINE = """
        select exists (
            select from asof.training_dataset
            where spine_table = :table and id <> :id and state not in ('failed', 'cancelled'))
        """;

    private final JdbcClient jdbc;
    private final JobTable table;
    private final ApplicationEventPublisher events;

    Datasets(JdbcClient jdbc, JobTables tables, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.table = tables.of(KIND);
        this.events = events;
    }

    @Override
    public JobTable table() {
        return table;
    }

    /** The next version of a name, never given before; others of the name wait until the transaction ends. */
    DatasetVersion nextVersion(String name) {
        return new DatasetVersion(
                name,
                jdbc.sql(NEXT_VERSION).param("name", name).query(Integer.class).single());
    }

    /** Keeps versions of a name from being added and removed until the transaction ends. */
    void lockName(String name) {
        jdbc.sql(LOCK_NAME).param("name", name).query(String.class).optional();
    }

    long create(DatasetVersion version, DatasetSpec spec, String spineTable, long rows, Metadata metadata, String by) {
        return jdbc.sql(CREATE)
                .param("name", version.name())
                .param("version", version.version())
                .param("spec", DatasetJson.write(spec))
                .param("spine_table", spineTable)
                .param("rows_total", rows)
                .param("description", metadata.description().orElse(null))
                .param("owner", metadata.owner().orElse(null))
                .param("tags", DatasetJson.write(metadata.tags()))
                .param("created_by", by)
                .param("now", table.now())
                .query(Long.class)
                .single();
    }

    Optional<Dataset> find(long id) {
        return jdbc.sql(BY_ID).param("id", id).query(Datasets::dataset).optional();
    }

    /** Every version of a name, newest first. */
    List<Dataset> versions(String name) {
        return jdbc.sql(BY_NAME).param("name", name).query(Datasets::dataset).list();
    }

    /** One version of each name after {@code after}, by name: of those that match the newest done, or else the newest. */
    List<Dataset> page(DatasetFilter filter, String after, int limit) {
        return jdbc.sql(PAGE)
                .param("after", after)
                .param("owner", filter.owner().orElse(null))
                .param("state", filter.state().map(JobState::text).orElse(null))
                .param("text", filter.text().orElse(null))
                .param("tags", DatasetJson.write(filter.tags()))
                .param("limit", limit)
                .query(Datasets::dataset)
                .list();
    }

    List<String> names() {
        return jdbc.sql("select name from asof.training_dataset_name")
                .query(String.class)
                .list();
    }

    Optional<String> manifest(long id) {
        return document("manifest", id);
    }

    Optional<String> leakageReport(long id) {
        return document("leakage_report", id);
    }

    private Optional<String> document(String column, long id) {
        return jdbc.sql("select %s from asof.training_dataset where id = :id and %s is not null"
                        .formatted(column, column))
                .param("id", id)
                .query(String.class)
                .optional();
    }

    /** Whether it is still to be built: it was not cancelled meanwhile. */
    boolean progress(long id, long rows) {
        return table.progress(JobRun.only(id), PROGRESS, Map.of("rows", rows));
    }

    /** Whether a build ends by being done, in the current transaction, which has its files. */
    boolean done(Dataset dataset, DatasetManifest manifest, String report) {
        boolean done = table.done(
                JobRun.only(dataset.id()), DONE, Map.of("manifest", DatasetJson.write(manifest), "report", report));
        if (done) {
            events.publishEvent(new DatasetEvents.DatasetBuilt(
                    dataset.version(),
                    dataset.spec(),
                    dataset.rowsTotal(),
                    new VisibleBatches(manifest.seen().batches()),
                    manifest.contentHash()));
        }
        return done;
    }

    /** Gives a build up for what its report says. */
    void refuse(long id, String error, String report) {
        table.fail(JobRun.only(id), error, FAILED, Map.of("report", report));
    }

    /** In the current transaction, which frees what it pins. */
    void delete(Dataset dataset) {
        jdbc.sql("delete from asof.training_dataset where id = :id")
                .param("id", dataset.id())
                .update();
        events.publishEvent(new DatasetEvents.DatasetRemoved(dataset.version()));
    }

    /** Whether another version that is or will be built has the same spine. */
    boolean isSpineShared(Dataset dataset) {
        return jdbc.sql(SHARES_SPINE)
                .param("table", dataset.spineTable())
                .param("id", dataset.id())
                .query(Boolean.class)
                .single();
    }

    @SuppressWarnings("unchecked")
    private static Dataset dataset(ResultSet result, int row) throws SQLException {
        return new Dataset(
                result.getLong("id"),
                new DatasetVersion(result.getString("name"), result.getInt("version")),
                JobState.of(result.getString("state")),
                DatasetJson.read(result.getString("spec"), DatasetSpec.class),
                result.getString("spine_table"),
                result.getLong("rows_total"),
                result.getLong("rows_done"),
                Optional.ofNullable(result.getString("error")),
                new Metadata(
                        Optional.ofNullable(result.getString("description")),
                        Optional.ofNullable(result.getString("owner")),
                        DatasetJson.read(result.getString("tags"), Map.class)),
                result.getString("created_by"),
                instant(result, "created_at"),
                instant(result, "updated_at"));
    }

    private static Instant instant(ResultSet result, String column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }
}
