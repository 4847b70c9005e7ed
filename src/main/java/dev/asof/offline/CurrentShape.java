package dev.asof.offline;

import dev.asof.offline.schema.OfflineNames;
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

    /** What reads the unversioned view, or calls the function; views are named rather than their rules. */
    private static final String DEPENDENTS = """
        select distinct format('%s depends on %s',
            case when r.oid is null then pg_describe_object(d.classid, d.objid, 0)
                 else pg_describe_object('pg_class'::regclass, r.ev_class, 0) end,
            pg_describe_object(d.refclassid, d.refobjid, 0))
        from pg_depend d
        left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
        where d.deptype = 'n' and r.ev_class is distinct from d.refobjid
          and (:view and d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass(:relation)
               or :function and d.refclassid = 'pg_proc'::regclass and d.refobjid in (
                   select oid from pg_proc where pronamespace = 'features'::regnamespace and proname = :name))
        order by 1
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
        List<Column> now =
                columns(OfflineNames.currentHistoryView(view.version().view()));
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
                Map.of(
                        "current",
                        name.value() + "_asof",
                        "version",
                        view.version().relation() + "_asof"),
                Long.class);
        return signatures != null && signatures == 1;
    }

    /** What depends on those of the two that can't follow a version in place, and so are dropped. */
    List<String> dependentsOnWhatIsDropped(RegisteredView view) {
        FeatureViewName name = view.version().view();
        return jdbc.queryForList(
                DEPENDENTS,
                Map.of(
                        "view",
                        columnsInPlace(view).isEmpty(),
                        "function",
                        !hasSameFunction(view),
                        "relation",
                        OfflineNames.currentHistoryView(name),
                        "name",
                        name.value() + "_asof"),
                String.class);
    }
}
