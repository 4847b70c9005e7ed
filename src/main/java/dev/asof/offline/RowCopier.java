package dev.asof.offline;

import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Sends {@link RowBuffer}s to Postgres in the current transaction. */
@Component
public class RowCopier {

    private final JdbcTemplate jdbc;

    RowCopier(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /** Copies the rows; an empty buffer does nothing. */
    public void copy(RowBuffer buffer) {
        if (buffer.rows() == 0) {
            return;
        }
        jdbc.execute((java.sql.Connection connection) -> {
            var copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(buffer.copyStatement());
            try {
                copy.writeToCopy(buffer.finished(), 0, buffer.finishedLength());
                copy.endCopy();
            } finally {
                if (copy.isActive()) {
                    copy.cancelCopy();
                }
            }
            return buffer.rows();
        });
    }
}
