package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import java.util.List;
import java.util.Optional;
import org.springframework.data.repository.ListCrudRepository;

public interface DefinitionVersionRepository extends ListCrudRepository<DefinitionVersionRow, Long> {

    List<DefinitionVersionRow> findByKindAndNameOrderByVersion(DefinitionKind kind, String name);

    Optional<DefinitionVersionRow> findByKindAndNameAndVersion(DefinitionKind kind, String name, int version);
}
