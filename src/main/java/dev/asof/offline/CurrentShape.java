package dev.asof.offline;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureViewName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/** Whether the unversioned view and function can be replaced in place, as what reads them stays valid then. */
@Component
class CurrentShape {

    private record Column(String name, String type) {}

    private static final String COLUMNS = """
            select attname, format_type(atttypid, atttypmod) as type from pg_attribute
            where attrelid = to_regclass(:relation) and attnum > 0 and not attisdropped
            order by attnum
            """;

    private static final String SIGNATURES = """
            select count(distinct (pg_get_function_identity_arguments(oid), pg_get_function_result(oid))) from pg_proc
            where pronamespace = 'features'::regnamespace and proname in (:current, :version)
            """;

    private final NamedParameterJdbcTemplate jdbc;

    CurrentShape(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    /**
     * The columns of a version in the order that lets the unversioned view follow it in place: those that the view has
     * now, then the new ones. Empty when a column is gone or has another type.
     */
    Optional<List<String>> columnsInPlace(RegisteredView view) {
        List<Column> now = columns(OfflineNames.currentHistoryView(view.version().view()));
        List<Column> next = columns(OfflineNames.historyView(view));
        if (!next.containsAll(now)) {
            return Optional.empty();
        }
        var ordered = new LinkedHashSet<>(now);
        ordered.addAll(next);
        return Optional.of(new ArrayList<>(ordered).stream().map(Column::name).toList());
    }

    private List<Column> columns(String relation) {
        return jdbc.query(
                COLUMNS,
                Map.of("relation", relation),
                (result, _) -> new Column(result.getString("attname"), result.getString("type")));
    }

    /** Whether the unversioned function takes and gives what a version's does, or doesn't exist. */
    boolean hasSameFunction(RegisteredView view) {
        FeatureViewName name = view.version().view();
        Long signatures = jdbc.queryForObject(
                SIGNATURES,
                Map.of("current", name.value() + "_asof", "version", view.version().relation() + "_asof"),
                Long.class);
        return signatures != null && signatures == 1;
    }
}
