package dev.asof.training.dataset;

import dev.asof.registry.Metadata;
import dev.asof.shared.Timestamps;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetSpec;
import dev.asof.training.DatasetState;
import dev.asof.training.DatasetVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The versions of training datasets there are, and how far each is. */
@Repository
class Datasets {

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

    private static final String START = """
        update asof.training_dataset set state = 'running', rows_done = 0, error = null, updated_at = :now
        where id = :id and state in ('pending', 'running')
        """;

    private static final String PROGRESS = """
        update asof.training_dataset set rows_done = :rows, updated_at = :now
        where id = :id and state = 'running'
        """;

    private static final String IS_RUNNING = """
        select exists (select from asof.training_dataset where id = :id and state = 'running')
        """;

    private static final String DONE = """
        update asof.training_dataset
        set state = 'done', rows_done = rows_total, manifest = :manifest::json, leakage_report = :report::json,
            updated_at = :now
        where id = :id and state = 'running'
        """;

    private static final String COUNT_FAILURE = """
        update asof.training_dataset set failures = failures + 1 where id = :id returning failures
        """;

    private static final String FAIL = """
        update asof.training_dataset
        set state = 'failed', error = :error, leakage_report = :report::json, updated_at = :now
        where id = :id and state in ('pending', 'running')
        """;

    private static final String CANCEL = """
        update asof.training_dataset set state = 'cancelled', updated_at = :now
        where id = :id and state in ('pending', 'running')
        """;

    private static final String SHARES_SPINE = """
        select exists (
            select from asof.training_dataset
            where spine_table = :table and id <> :id and state not in ('failed', 'cancelled'))
        """;

    private final JdbcClient jdbc;
    private final Clock clock;

    Datasets(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
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
                .param("now", now())
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
                .param("state", filter.state().map(DatasetState::text).orElse(null))
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

    /** Whether it may be built: it is neither ended nor cancelled. */
    boolean start(long id) {
        return changed(START, id);
    }

    /** Whether it is still to be built: it was not cancelled meanwhile. */
    boolean progress(long id, long rows) {
        return jdbc.sql(PROGRESS)
                        .param("id", id)
                        .param("rows", rows)
                        .param("now", now())
                        .update()
                == 1;
    }

    boolean isRunning(long id) {
        return jdbc.sql(IS_RUNNING).param("id", id).query(Boolean.class).single();
    }

    boolean done(long id, String manifest, String report) {
        return jdbc.sql(DONE)
                        .param("id", id)
                        .param("manifest", manifest)
                        .param("report", report)
                        .param("now", now())
                        .update()
                == 1;
    }

    /** How often a build has failed by itself, now that it has once more. */
    int failed(long id) {
        return jdbc.sql(COUNT_FAILURE)
                .param("id", id)
                .query(Integer.class)
                .optional()
                .orElse(1);
    }

    void fail(long id, String error, Optional<String> report) {
        jdbc.sql(FAIL)
                .param("id", id)
                .param("error", error)
                .param("report", report.orElse(null))
                .param("now", now())
                .update();
    }

    boolean cancel(long id) {
        return changed(CANCEL, id);
    }

    void delete(long id) {
        jdbc.sql("delete from asof.training_dataset where id = :id")
                .param("id", id)
                .update();
    }

    /** Whether another version that is or will be built has the same spine. */
    boolean isSpineShared(Dataset dataset) {
        return jdbc.sql(SHARES_SPINE)
                .param("table", dataset.spineTable())
                .param("id", dataset.id())
                .query(Boolean.class)
                .single();
    }

    private boolean changed(String sql, long id) {
        return jdbc.sql(sql).param("id", id).param("now", now()).update() == 1;
    }

    private OffsetDateTime now() {
        return Timestamps.truncated(clock.instant()).atOffset(ZoneOffset.UTC);
    }

    @SuppressWarnings("unchecked")
    private static Dataset dataset(ResultSet result, int row) throws SQLException {
        return new Dataset(
                result.getLong("id"),
                new DatasetVersion(result.getString("name"), result.getInt("version")),
                DatasetState.of(result.getString("state")),
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
