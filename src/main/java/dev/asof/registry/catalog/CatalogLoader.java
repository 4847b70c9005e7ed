package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads the whole registry from Postgres. */
@Component
public class CatalogLoader {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogLoader.class);

    /** One statement, so that it sees one moment whatever the transaction's isolation. */
    private static final String EVERYTHING = """
        select r.revision, d.id is not null as existing, d.current_version, v.id, v.kind, v.name, v.version,
               v.state, v.hash, v.breaking, v.format, v.spec, v.resolved, v.created_at
        from asof.registry_revision r
        left join asof.definition_version v on true
        left join asof.definition d on d.kind = v.kind and d.name = v.name
        order by v.id
        """;

    private static final String PINS =
            "select kind, name, version, dependent from asof.definition_pin order by dependent";

    private static final String REVISION = "select revision from asof.registry_revision";

    private final JdbcClient jdbc;
    private volatile Map<Long, CatalogAssembly.Parsed> parsed = Map.of();
    private volatile Set<UnreadableVersion> told = Set.of();

    CatalogLoader(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    long revision() {
        return jdbc.sql(REVISION).query(Long.class).single();
    }

    public Catalog load() {
        var rows = new ArrayList<CatalogAssembly.Row>();
        List<Long> revisions = jdbc.sql(EVERYTHING)
                .query((result, _) -> {
                    if (result.getString("kind") != null) {
                        rows.add(row(result));
                    }
                    return result.getLong("revision");
                })
                .list();
        var assembly = new CatalogAssembly(parsed);
        var catalog = assembly.assemble(revisions.getFirst(), rows, pinned());
        parsed = assembly.parsed();
        tell(catalog.unreadable().live());
        return catalog;
    }

    private void tell(List<UnreadableVersion> unreadable) {
        var before = told;
        told = Set.copyOf(unreadable);
        unreadable.stream()
                .filter(version -> !before.contains(version))
                .forEach(version -> LOG.warn(
                        "This server leaves {} to newer ones, and the rows it is computed from: {}",
                        version,
                        version.why()));
    }

    /** Of the kinds that are known here; those of others concern nobody here. */
    private List<Dependents.Pinned> pinned() {
        var pinned = new ArrayList<Dependents.Pinned>();
        jdbc.sql(PINS).query(result -> {
            var kind = DefinitionKind.of(result.getString("kind"));
            if (kind.isPresent()) {
                pinned.add(new Dependents.Pinned(
                        kind.get(), result.getString("name"), result.getInt("version"), result.getString("dependent")));
            }
        });
        return pinned;
    }

    private static CatalogAssembly.Row row(ResultSet result) throws SQLException {
        return new CatalogAssembly.Row(
                result.getLong("id"),
                result.getString("kind"),
                result.getString("name"),
                result.getInt("version"),
                result.getString("state"),
                result.getString("hash"),
                result.getBoolean("breaking"),
                result.getInt("format"),
                new Json(result.getString("spec")),
                new Json(result.getString("resolved")),
                result.getObject("created_at", OffsetDateTime.class).toInstant(),
                result.getBoolean("existing"),
                result.getObject("current_version", Integer.class));
    }
}
