package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.importer.ImportOption;
import dev.planted.PlantedApplication;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModule;
import org.springframework.modulith.core.ApplicationModules;
import org.springframework.modulith.core.Violations;
import org.springframework.modulith.docs.Documenter;

/** The module graph: who may know whom. The build draws it to {@code target/spring-modulith-docs}. */
class ModularityTests {

    /** The modules from the bottom up: each knows only those before it. */
    private static final List<String> ORDER = List.of(
            "shared",
            "formats",
            "postgres",
            "http",
            "jobs",
            "transform",
            "registry",
            "offline",
            "online",
            "ingestion",
            "materialization",
            "training",
            "embedded");

    private static final ApplicationModules MODULES = ApplicationModules.of(AsofApplication.class);
    private static final ImportOption EVERYTHING = location -> true;

    @Test
    void modulesDependOnlyOnWhatTheyDeclare() {
        MODULES.verify();
    }

    @Test
    void theRuleFindsAPlantedViolation() {
        var planted = ApplicationModules.of(PlantedApplication.class, EVERYTHING);

        assertThatExceptionOfType(Violations.class)
                .isThrownBy(planted::verify)
                .withMessageContaining("Module 'lower' depends on module 'upper'")
                .withMessageContaining("Module 'nosy' depends on non-exposed type dev.planted.upper.inside.Inside");
    }

    @Test
    void everyModuleHasItsPlaceInTheOrder() {
        assertThat(names(MODULES.stream())).containsExactlyInAnyOrderElementsOf(ORDER);
    }

    @Test
    void modulesDependOnlyOnModulesBeforeThem() {
        assertThat(MODULES)
                .allSatisfy(module -> assertThat(dependencies(MODULES, module))
                        .as("what %s depends on", module.getIdentifier())
                        .isSubsetOf(ORDER.subList(
                                0, ORDER.indexOf(module.getIdentifier().toString()))));
    }

    @Test
    void theGraphIsDrawn() {
        new Documenter(MODULES).writeDocumentation();

        assertThat(Path.of("target/spring-modulith-docs/components.puml")).isNotEmptyFile();
    }

    private static List<String> dependencies(ApplicationModules modules, ApplicationModule module) {
        return names(module.getDirectDependencies(modules).uniqueModules());
    }

    private static List<String> names(Stream<ApplicationModule> modules) {
        return modules.map(module -> module.getIdentifier().toString()).toList();
    }
}
