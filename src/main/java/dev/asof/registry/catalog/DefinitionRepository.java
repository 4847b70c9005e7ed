package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import java.util.Optional;
import org.springframework.data.repository.ListCrudRepository;

public interface DefinitionRepository extends ListCrudRepository<DefinitionRow, Long> {

    Optional<DefinitionRow> findByKindAndName(DefinitionKind kind, String name);
}
