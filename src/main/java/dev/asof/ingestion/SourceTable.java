package dev.asof.ingestion;

import dev.asof.offline.Sql;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SingleSelect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of a source's table or query as it is at one moment, with the columns that the source declares. */
final class SourceTable implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceTable.class);
    private static final int FETCH_ROWS = 2_000;
    private static final String BEFORE_QUERY = "(\n";

    private final TableConnections.Session session;
    private final TableOrigin origin;
    private final ReadWatch watch;
    private final List<SqlColumn> reading = new ArrayList<>();
    private final List<TableReader.Column> columns = new ArrayList<>();
    private int queryOffset;
    private @Nullable ResultSet result;

    private SourceTable(TableConnections.Session session, TableOrigin origin, ReadWatch watch) {
        this.session = session;
        this.origin = origin;
        this.watch = watch;
    }

    /**
     * Begins to read.
     *
     * @throws AsofException INVALID when it can't be read as the source declares it, with every column that is wrong
     */
    static SourceTable open(TableConnections connections, SourceDefinition source, ReadWatch watch) {
        TableOrigin origin = source.table().orElseThrow();
        var table = new SourceTable(connections.open(origin), origin, watch);
        try {
            table.checkOneStatement();
            table.execute(table.select(table.readableColumns(source), source));
            return table;
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
    }

    /** Checked when the source is defined, too; but what stands in the registry may be from before a rule. */
    private void checkOneStatement() {
        if (origin.relation() instanceof TableOrigin.Query(String sql)) {
            var violations = SingleSelect.check(sql, "query", SingleSelect.Forbidden.CALLED);
            if (!violations.isEmpty()) {
                throw new AsofException(
                        ErrorCode.INVALID, violations.shown().getFirst().message(), violations);
            }
        }
    }

    private List<TableColumns.Readable> readableColumns(SourceDefinition source) {
        String sql = "select * from " + relation("select * from ") + " limit 0";
        try (var statement = session.connection().createStatement()) {
            watch.running(statement);
            statement.setEscapeProcessing(false);
            try (var empty = statement.executeQuery(sql)) {
                return TableColumns.readable(source, empty.getMetaData(), session.connection());
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** In the order in which rows became known, where the table says so: of two that came together the later wins. */
    private String select(List<TableColumns.Readable> readable, SourceDefinition source) {
        String select = readable.stream()
                .map(column -> Sql.quoted(column.name()))
                .collect(Collectors.joining(", ", "select ", " from "));
        for (var column : readable) {
            reading.add(column.column());
            columns.add(new TableReader.Column(column.name(), Optional.of(column.column().type())));
        }
        String order = source.isSnapshot() ? "" : source.knownTimestamp().map(known -> " order by " + Sql.quoted(known)).orElse("");
        return select + relation(select) + order;
    }

    private String relation(String before) {
        return switch (origin.relation()) {
            case TableOrigin.Table(String schema, String name) -> Sql.quoted(schema) + "." + Sql.quoted(name);
            case TableOrigin.Query(String sql) -> {
                queryOffset = before.length() + BEFORE_QUERY.length();
                yield BEFORE_QUERY + sql + "\n) as q";
            }
        };
    }

    private void execute(String sql) {
        try {
            Statement statement =
                    session.connection().createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
            statement.setEscapeProcessing(false);
            statement.setFetchSize(FETCH_ROWS);
            watch.running(statement);
            result = statement.executeQuery(sql);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    List<TableReader.Column> columns() {
        return columns;
    }

    /** The same columns, as they are read. */
    List<SqlColumn> reading() {
        return reading;
    }

    /** The next row as raw values; null at the end. */
    @Nullable Object @Nullable [] next() {
        ResultSet rows = Objects.requireNonNull(result);
        try {
            if (!rows.next()) {
                return null;
            }
            var values = new @Nullable Object[reading.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = reading.get(i).read(rows);
            }
            return values;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private RuntimeException failed(SQLException e) {
        if (TableFailures.CANCELLED.equals(e.getSQLState())) {
            return watch.whyCancelled();
        }
        return TableFailures.of(e, origin, session.login(), queryOffset);
    }

    @Override
    public void close() {
        watch.notRunning();
        try {
            session.connection().close();
        } catch (SQLException e) {
            LOG.debug("Closed with {}", e.getMessage());
        }
    }
}
