package dev.asof.offline;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Sends {@link RowBuffer}s to Postgres. */
@Component
public class RowCopier {

    private final JdbcTemplate jdbc;

    RowCopier(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /** Copies the rows in the current transaction; an empty buffer does nothing. */
    public void copy(RowBuffer buffer) {
        if (buffer.rows() == 0) {
            return;
        }
        jdbc.execute((Connection connection) -> {
            copy(buffer, connection);
            return buffer.rows();
        });
    }

    /** Copies the rows over a connection, in its transaction; an empty buffer does nothing. */
    public static void copy(RowBuffer buffer, Connection connection) throws SQLException {
        if (buffer.rows() == 0) {
            return;
        }
        var copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(buffer.copyStatement());
        try {
            copy.writeToCopy(buffer.finished(), 0, buffer.finishedLength());
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }
}
