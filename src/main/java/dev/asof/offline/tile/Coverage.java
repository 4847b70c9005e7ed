package dev.asof.offline.tile;

import dev.asof.offline.schema.TileStatements;
import dev.asof.offline.tile.Stretches.Stretch;
import dev.asof.postgres.ResultValues;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Of which event times a view version's tiles can be relied on. Everything runs in the caller's transaction.
 *
 * <p>The table of the tiles is the gate: a batch holds it {@code row exclusive} from before it reads what is maintained until it
 * commits; whoever changes that in a way that batches have to know of holds it {@code share row exclusive}. So a change waits for
 * batches in their last statements, and for no other.
 */
@Component
class Coverage {

    /** @param building raised by each change of what is being built */
    record State(Stretches maintained, Stretches readable, long building) {}

    private static final String READ = """
        select building, null::boolean as is_readable, null::tstzrange as stretch, null::timestamptz as lower,
            null::timestamptz as upper
        from asof.tiled_view where view_id = %1$s
        union all
        select null, is_readable, stretch, lower(stretch), upper(stretch)
        from (
            select false, unnest(maintained) from asof.tiled_view where view_id = %1$s
            union all
            select true, unnest(readable) from asof.tiled_view where view_id = %1$s) stretches (is_readable, stretch)
        """;

    private static final String SUBTRACT = """
        update asof.tiled_view set maintained = maintained - :gone::tstzmultirange, readable = readable - :gone::tstzmultirange,
            building = building + case when (maintained - readable) && :gone::tstzmultirange then 1 else 0 end
        where view_id = :view and maintained && :gone::tstzmultirange
        """;

    private static final String CLAIM = """
        update asof.tiled_view set maintained = readable, building = :building
        where view_id = :view and building = :building - 1 and not readable && :stretch::tstzmultirange
        """;

    private static final String MAINTAIN = """
        update asof.tiled_view set maintained = readable + :stretch::tstzmultirange
        where view_id = :view and building = :building
        """;

    private static final String BUILT = """
        update asof.tiled_view set readable = readable + (maintained * :stretch::tstzmultirange)
        where view_id = :view and building = :building
        """;

    private final JdbcClient jdbc;

    Coverage(DataSource dataSource) {
        this.jdbc = JdbcClient.create(dataSource);
    }

    /** What batches have to keep true, from now on until the transaction ends. */
    State share(RegisteredView view) {
        jdbc.sql("lock table %s in row exclusive mode".formatted(TileStatements.table(view)))
                .update();
        if (!view.rowId().isEmpty()) {
            // one after the other: each must see which rows the one before has replaced
            jdbc.sql("select 1 from asof.tiled_view where view_id = :view for update")
                    .param("view", view.id())
                    .query(Integer.class)
                    .list();
        }
        return read(view);
    }

    /** Keeps batches out, and waits for those in their last statements, until the transaction ends. */
    void keepAlone(RegisteredView view) {
        jdbc.sql(alone(view)).update();
    }

    static String alone(RegisteredView view) {
        return "lock table %s in share row exclusive mode".formatted(TileStatements.table(view));
    }

    State read(RegisteredView view) {
        var maintained = new ArrayList<Stretch>();
        var readable = new ArrayList<Stretch>();
        var building = new AtomicLong();
        jdbc.sql(READ.formatted(view.id())).query((ResultSet result) -> {
            long number = result.getLong("building");
            if (!result.wasNull()) {
                building.set(number);
            } else {
                (result.getBoolean("is_readable") ? readable : maintained)
                        .add(new Stretch(micros(result, "lower"), micros(result, "upper")));
            }
        });
        return new State(new Stretches(maintained), new Stretches(readable), building.get());
    }

    private static String text(Stretch stretch) {
        return new Stretches(List.of(stretch)).text();
    }

    private static long micros(ResultSet result, String column) throws SQLException {
        return Timestamps.toMicros(ResultValues.instant(result, result.findColumn(column)));
    }

    /** Batches need not keep some stretches true any more, which readers don't read from now on; batches are kept out. */
    void giveUp(RegisteredView view, Stretches gone) {
        jdbc.sql(SUBTRACT).param("gone", gone.text()).param("view", view.id()).update();
    }

    /**
     * Begins to build a stretch, and ends what another server may be building; batches are kept out.
     *
     * @param building the number that what is being built has from now on, one more than before
     * @return false if something has changed since
     */
    boolean claim(RegisteredView view, Stretch stretch, long building) {
        return jdbc.sql(CLAIM)
                        .param("stretch", text(stretch))
                        .param("view", view.id())
                        .param("building", building)
                        .update()
                > 0;
    }

    /**
     * From now on batches keep a stretch true; batches are kept out.
     *
     * @return false if it isn't what is being built any more
     */
    boolean maintain(RegisteredView view, Stretch stretch, long building) {
        return jdbc.sql(MAINTAIN)
                        .param("stretch", text(stretch))
                        .param("view", view.id())
                        .param("building", building)
                        .update()
                > 0;
    }

    /** Whether something is still being built; holds it so until the transaction ends. */
    boolean isBuilding(RegisteredView view, long building) {
        jdbc.sql("lock table %s in row exclusive mode".formatted(TileStatements.table(view)))
                .update();
        return jdbc.sql("select 1 from asof.tiled_view where view_id = :view and building = :building for share")
                .param("view", view.id())
                .param("building", building)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /** Has readers use what was built of a stretch. */
    void built(RegisteredView view, Stretch stretch, long building) {
        jdbc.sql(BUILT)
                .param("stretch", text(stretch))
                .param("view", view.id())
                .param("building", building)
                .update();
    }
}
