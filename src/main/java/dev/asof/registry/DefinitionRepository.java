package dev.asof.registry;

import java.util.Optional;
import org.springframework.data.repository.ListCrudRepository;

interface DefinitionRepository extends ListCrudRepository<DefinitionRow, Long> {

    Optional<DefinitionRow> findByKindAndName(DefinitionKind kind, String name);
}
