package dev.asof.postgres;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Sends {@link RowBuffer}s to Postgres, and reads rows in the same format. */
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

    /** Takes rows as Postgres sends them. */
    @FunctionalInterface
    public interface RowReader {

        /** @param message holds one row, which begins at the offset with the number of its fields */
        void row(byte[] message, int offset) throws IOException;
    }

    /** Reads a select's rows over a connection, which is given up when the reader fails. */
    public static void read(String select, Connection connection, RowReader reader) throws SQLException, IOException {
        var copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut("copy (" + select + ") to stdout (format binary)");
        try {
            boolean isFirst = true;
            for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
                int offset = isFirst ? RowBuffer.HEADER_BYTES : 0;
                isFirst = false;
                if (message.length > offset && message[offset] >= 0) {
                    reader.row(message, offset);
                }
            }
        } finally {
            if (copy.isActive()) {
                // Cancelling it could hit the next statement just as well.
                connection.abort(Runnable::run);
            }
        }
    }
}
