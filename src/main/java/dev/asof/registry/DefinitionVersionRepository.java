package dev.asof.registry;

import java.util.List;
import java.util.Optional;
import org.springframework.data.repository.ListCrudRepository;

interface DefinitionVersionRepository extends ListCrudRepository<DefinitionVersionRow, Long> {

    List<DefinitionVersionRow> findByKindAndNameOrderByVersion(DefinitionKind kind, String name);

    Optional<DefinitionVersionRow> findByKindAndNameAndVersion(DefinitionKind kind, String name, int version);
}
