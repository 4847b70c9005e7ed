package dev.asof.jobs;

import dev.asof.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The jobs of all kinds, newest first. */
@Repository
class JobList {

    /** No more than a page is read of each kind, along its index; only what is under way has a task. */
    private static final String OF_A_KIND = """
        select job.*, case when not task.picked then task.execution_time end as next_try_at
        from (
            select %1$s as kind, id, state, %2$s as about, %3$s as subject, %4$s as version, %5$s as rows_done,
                   %6$s as rows_total, failures, error, %7$s as path, %8$s as instance, created_at, started_at,
                   updated_at
            from %9$s
            where (created_at, %1$s, id) < (:created_at, :kind, :id)%12$s
            order by created_at desc, id desc
            limit :limit
        ) as job
        left join %10$s as task
            on job.state in ('pending', 'running') and task.task_name = %11$s and task.task_instance = job.instance
        """;

    private static final String NEWEST_FIRST = """
        order by created_at desc, kind desc, id desc
        limit :limit
        """;

    private final JdbcClient jdbc;
    private final TreeMap<String, JobKind> kinds = new TreeMap<>();

    JobList(JdbcClient jdbc, List<JobStore> stores) {
        this.jdbc = jdbc;
        stores.forEach(
                store -> kinds.put(store.table().kind().name(), store.table().kind()));
    }

    private static String query(JobKind kind, Optional<JobState> state) {
        var listing = kind.listing();
        return OF_A_KIND.formatted(
                Sql.literal(kind.name()) + " collate \"C\"",
                Sql.literal(listing.about()),
                listing.subject(),
                listing.version(),
                listing.rowsDone(),
                listing.rowsTotal(),
                listing.path(),
                kind.instanceExpression(),
                kind.table(),
                kind.tasks().table(),
                Sql.literal(kind.tasks().name()),
                state.isPresent() ? " and state = :state" : "");
    }

    /** The names of the kinds there are. */
    List<String> kinds() {
        return List.copyOf(kinds.keySet());
    }

    /**
     * The jobs after a position.
     *
     * @param kind of these alone; empty for all
     * @param state likewise
     */
    List<ListedJob> page(Optional<String> kind, Optional<JobState> state, JobPosition after, int limit) {
        var chosen = kinds.values().stream()
                .filter(listed -> kind.isEmpty() || kind.get().equals(listed.name()))
                .map(listed -> "(" + query(listed, state) + ")")
                .collect(Collectors.joining(" union all "));
        return jdbc.sql(chosen + NEWEST_FIRST)
                .param("created_at", after.createdAt())
                .param("kind", after.kind())
                .param("id", after.id())
                .param("state", state.map(JobState::text).orElse(null))
                .param("limit", limit)
                .query(JobList::job)
                .list();
    }

    private static ListedJob job(ResultSet result, int row) throws SQLException {
        var version = result.getObject("version", Integer.class);
        var total = result.getObject("rows_total", Long.class);
        return new ListedJob(
                result.getString("kind"),
                result.getLong("id"),
                JobState.of(result.getString("state")),
                result.getString("about"),
                result.getString("subject"),
                version == null ? OptionalInt.empty() : OptionalInt.of(version),
                result.getLong("rows_done"),
                total == null ? OptionalLong.empty() : OptionalLong.of(total),
                result.getInt("failures"),
                Optional.ofNullable(result.getString("error")),
                result.getString("path"),
                instant(result, "created_at").orElseThrow(),
                instant(result, "started_at"),
                instant(result, "updated_at").orElseThrow(),
                instant(result, "next_try_at"));
    }

    private static Optional<Instant> instant(ResultSet result, String column) throws SQLException {
        return Optional.ofNullable(result.getObject(column, OffsetDateTime.class))
                .map(OffsetDateTime::toInstant);
    }
}
