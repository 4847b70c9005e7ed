package dev.asof.ingestion.table;

import dev.asof.formats.LimitedReader;
import dev.asof.formats.TableReader;
import dev.asof.postgres.RowFetch;
import dev.asof.postgres.SingleSelect;
import dev.asof.postgres.Sql;
import dev.asof.postgres.SqlColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of a source's table or query as it is at one moment, with the columns that the source declares. */
final class SourceTable implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceTable.class);
    private static final String BEFORE_QUERY = "(\n";

    private final TableConnections.Session session;
    private final TableOrigin origin;
    private final ReadWatch watch;
    private final List<SqlColumn> reading = new ArrayList<>();
    private final List<TableReader.Column> columns = new ArrayList<>();
    private int queryOffset;
    private Optional<KeptBack> keptBack = Optional.empty();
    private final boolean careful;
    private @Nullable ResultSet result;
    private @Nullable RowFetch fetch;

    /**
     * A column whose value is null here, as its row has too many bytes to be read.
     *
     * @param bytes of the row's long values
     */
    record KeptBack(String column, long bytes) {}

    private SourceTable(TableConnections.Session session, TableOrigin origin, boolean careful, ReadWatch watch) {
        this.session = session;
        this.origin = origin;
        this.careful = careful;
        this.watch = watch;
    }

    /**
     * Begins to read.
     *
     * @param careful whether rows may be larger than those before them, see {@link RowFetch#reading}
     * @throws AsofException INVALID when it can't be read as the source declares it, with every column that is wrong
     */
    static SourceTable open(TableConnections connections, SourceDefinition source, boolean careful, ReadWatch watch) {
        TableOrigin origin = source.table().orElseThrow();
        var table = new SourceTable(connections.open(origin), origin, careful, watch);
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
            watch.running(session.connection(), statement);
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
        for (var column : readable) {
            reading.add(column.column());
            columns.add(new TableReader.Column(
                    column.name(), Optional.of(column.column().type())));
        }
        String order = source.isSnapshot()
                ? ""
                : source.knownTimestamp()
                        .map(known -> " order by " + Sql.quoted(known))
                        .orElse("");
        var guard = ValueGuard.of(readable);
        String select = guard.beforeRelation();
        return select + relation(select) + guard.afterRelation() + order;
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
            fetch = new RowFetch(statement, ValueGuard.MAX_ROW_BYTES, careful);
            watch.running(session.connection(), statement);
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
    @Nullable
    Object @Nullable [] next() {
        ResultSet rows = Objects.requireNonNull(result);
        try {
            if (!rows.next()) {
                return null;
            }
            var values = new @Nullable Object[reading.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = reading.get(i).read(rows);
            }
            String kept = rows.getString(values.length + 1);
            keptBack =
                    kept == null ? Optional.empty() : Optional.of(new KeptBack(kept, rows.getLong(values.length + 2)));
            Objects.requireNonNull(fetch).took(rows, LimitedReader.size(values));
            return values;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** What was kept back of the row that was read last. */
    Optional<KeptBack> keptBack() {
        return keptBack;
    }

    private RuntimeException failed(SQLException e) {
        if (watch.isBroken()) {
            return watch.whyBroken(e);
        }
        if (TableFailures.CANCELLED.equals(e.getSQLState())) {
            return watch.whyCancelled();
        }
        if (fetch != null && fetch.isTooLarge(e)) {
            return new AsofException(
                    ErrorCode.INVALID,
                    "The table's rows are too large to be read: leave long columns out of the source");
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
