package dev.asof.materialization;

import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;

/** The materialization jobs there are and were. */
@Repository
class MaterializationJobs {

    private static final String CREATE = """
            insert into asof.materialization
                (kind, view, version, state, through_batch, rows_total, created_at, updated_at)
            values (:kind, :view, :version, 'pending', :through_batch, :rows_total, :now, :now)
            returning id
            """;

    private static final String FIND = "select * from asof.materialization where id = :id";

    private static final String OF_VIEW = """
            select * from asof.materialization where view = :view order by id desc limit 100
            """;

    private static final String START = """
            update asof.materialization set state = 'running', error = null, updated_at = :now
            where id = :id and state in ('pending', 'running')
            """;

    private static final String RESUME = """
            update asof.materialization set state = 'pending', error = null, updated_at = :now
            where id = :id and state in ('failed', 'cancelled')
            """;

    private static final String ADVANCE = """
            update asof.materialization
            set position_row = :position, rows_done = rows_done + :rows, updated_at = :now
            where id = :id and state = 'running'
            """;

    private static final String COUNT = """
            update asof.materialization set rows_done = rows_done + :rows, updated_at = :now
            where id = :id and state = 'running'
            """;

    private static final String DONE = """
            update asof.materialization set state = 'done', updated_at = :now where id = :id and state = 'running'
            """;

    private static final String FAILED = """
            update asof.materialization set state = 'failed', error = :error, updated_at = :now
            where id = :id and state in ('pending', 'running')
            """;

    private static final String CANCEL = """
            update asof.materialization set state = 'cancelled', updated_at = :now
            where id = :id and state in ('pending', 'running')
            """;

    private static final String CANCEL_VERSION = """
            update asof.materialization set state = 'cancelled', updated_at = :now
            where view = :view and version = :version and state in ('pending', 'running')
            """;

    private final NamedParameterJdbcTemplate jdbc;
    private final Clock clock;

    MaterializationJobs(DataSource dataSource, Clock clock) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.clock = clock;
    }

    long create(MaterializationKind kind, ViewVersion version, BatchId through, long rowsTotal) {
        var parameters = parameters(version);
        parameters.put("kind", kind.column());
        parameters.put("through_batch", through.value());
        parameters.put("rows_total", rowsTotal);
        return Objects.requireNonNull(jdbc.queryForObject(CREATE, parameters, Long.class));
    }

    Optional<MaterializationJob> find(long id) {
        return jdbc.query(FIND, Map.of("id", id), MaterializationJobs::job).stream().findFirst();
    }

    List<MaterializationJob> ofView(FeatureViewName view) {
        return jdbc.query(OF_VIEW, Map.of("view", view.value()), MaterializationJobs::job);
    }

    /** Whether the job may run: it is neither ended nor cancelled. */
    boolean start(long id) {
        return jdbc.update(START, parameters(id)) == 1;
    }

    boolean resume(long id) {
        return jdbc.update(RESUME, parameters(id)) == 1;
    }

    /** Whether the job may go on: it was not cancelled meanwhile. */
    boolean advance(long id, long position, long rows) {
        var parameters = parameters(id);
        parameters.put("position", position);
        parameters.put("rows", rows);
        return jdbc.update(ADVANCE, parameters) == 1;
    }

    /** Whether the job may go on: it was not cancelled meanwhile. */
    boolean count(long id, long rows) {
        var parameters = parameters(id);
        parameters.put("rows", rows);
        return jdbc.update(COUNT, parameters) == 1;
    }

    boolean done(long id) {
        return jdbc.update(DONE, parameters(id)) == 1;
    }

    /** Gives a job up, until somebody resumes it. */
    void fail(long id, String error) {
        var parameters = parameters(id);
        parameters.put("error", error);
        jdbc.update(FAILED, parameters);
    }

    boolean cancel(long id) {
        return jdbc.update(CANCEL, parameters(id)) == 1;
    }

    void cancel(ViewVersion version) {
        jdbc.update(CANCEL_VERSION, parameters(version));
    }

    private Map<String, Object> parameters(long id) {
        var parameters = new HashMap<String, Object>();
        parameters.put("id", id);
        parameters.put("now", now());
        return parameters;
    }

    private Map<String, Object> parameters(ViewVersion version) {
        var parameters = new HashMap<String, Object>();
        parameters.put("view", version.view().value());
        parameters.put("version", version.version());
        parameters.put("now", now());
        return parameters;
    }

    private OffsetDateTime now() {
        return Timestamps.truncated(clock.instant()).atOffset(ZoneOffset.UTC);
    }

    private static MaterializationJob job(ResultSet result, int row) throws SQLException {
        return new MaterializationJob(
                result.getLong("id"),
                MaterializationKind.valueOf(result.getString("kind").toUpperCase(java.util.Locale.ROOT)),
                new ViewVersion(new FeatureViewName(result.getString("view")), result.getInt("version")),
                MaterializationState.ofColumn(result.getString("state")),
                new BatchId(result.getLong("through_batch")),
                result.getLong("position_row"),
                result.getLong("rows_done"),
                result.getLong("rows_total"),
                Optional.ofNullable(result.getString("error")),
                instant(result, "created_at"),
                instant(result, "updated_at"));
    }

    private static Instant instant(ResultSet result, String column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }
}
