package dev.asof.ingestion.table;

import dev.asof.ingestion.batch.IdempotencyKeys;
import dev.asof.ingestion.batch.Quarantine;
import dev.asof.registry.RegistryEvents.SourceDeleted;
import dev.asof.shared.SourceName;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/** Forgets a deleted source's batches, so that another source of its name begins with none. */
@Component
class DeletedSources {

    private static final String FORGET_BATCHES = "delete from asof.batch where source = :source";

    private final NamedParameterJdbcTemplate jdbc;
    private final IdempotencyKeys idempotencyKeys;
    private final Quarantine quarantine;
    private final TableRows tableRows;

    DeletedSources(DataSource dataSource, IdempotencyKeys idempotencyKeys, Quarantine quarantine, TableRows tableRows) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.idempotencyKeys = idempotencyKeys;
        this.quarantine = quarantine;
        this.tableRows = tableRows;
    }

    @EventListener
    void on(SourceDeleted event) {
        SourceName source = event.source();
        idempotencyKeys.forget(source);
        quarantine.forget(source);
        tableRows.forget(source);
        jdbc.update(FORGET_BATCHES, Map.of("source", source.value()));
    }
}
