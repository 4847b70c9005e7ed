package dev.asof.materialization.tile;

import dev.asof.online.Publication;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;

/** The one sequence that orders what is read to be brought online. */
@Repository
class Publications {

    private static final String NEXT = "select generation, nextval('asof.publication') from asof.store";

    private final JdbcTemplate jdbc;

    Publications(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /**
     * The next. Whatever is read afterwards, by another statement, holds all that had committed before a lesser one was taken:
     * within a generation because numbers grow; and who was given a number of an earlier generation asked before the later one
     * was there.
     */
    Publication next() {
        return jdbc.query(NEXT, (result, _) -> new Publication(result.getLong(1), result.getLong(2)))
                .getFirst();
    }
}
