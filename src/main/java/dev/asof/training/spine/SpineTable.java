package dev.asof.training.spine;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.PointInTimeJoin;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.Sql;
import dev.asof.registry.FeatureSelection;
import java.util.ArrayList;
import java.util.List;

/**
 * The temporary table that the keys and times of a spine's block are brought to. Its own columns begin with an
 * underscore, which no key's name does.
 */
final class SpineTable {

    private static final String TABLE = "asof_spine";

    static final String NAME = "pg_temp." + quoted(TABLE);
    static final String AT = "_at";

    private SpineTable() {}

    /** An empty buffer for its rows: the ordinal, the as-of time, the keys. */
    static RowBuffer buffer(FeatureSelection selection) {
        var columns = new ArrayList<>(List.of(PointInTimeJoin.ORDINAL, AT));
        columns.addAll(selection.requestKeys().keySet());
        return new RowBuffer(NAME, columns);
    }

    /** Makes the table of the current transaction, without rows. */
    static String emptied(FeatureSelection selection) {
        var columns = new ArrayList<String>();
        columns.add(quoted(PointInTimeJoin.ORDINAL) + " bigint not null");
        columns.add(quoted(AT) + " timestamptz not null");
        selection.requestKeys().forEach((name, type) -> columns.add(quoted(name) + " " + Sql.columnType(type)));
        return "create temporary table if not exists %s (%s) on commit drop; truncate %s"
                .formatted(quoted(TABLE), String.join(", ", columns), NAME);
    }
}
