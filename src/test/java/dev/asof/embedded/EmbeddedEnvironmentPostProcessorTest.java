package dev.asof.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class EmbeddedEnvironmentPostProcessorTest {

    @TempDir
    private Path directory;

    @Test
    void nothingStartsWhereBothStoresAreConfigured() {
        var environment = process(
                Map.of("spring.datasource.url", "jdbc:postgresql://db/asof", "spring.data.redis.url", "redis://cache"));

        assertThat(environment.getPropertySources().contains("embeddedStores")).isFalse();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void nothingStartsWhereItIsSwitchedOff() {
        var environment = process(Map.of("asof.embedded.enabled", "false"));

        assertThat(environment.getPropertySources().contains("embeddedStores")).isFalse();
        assertThat(directory).isEmptyDirectory();
    }

    private StandardEnvironment process(Map<String, Object> configuration) {
        var environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        environment.getPropertySources().addFirst(new MapPropertySource("configuration", configuration));
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("directory", Map.of("asof.embedded.data-dir", directory.toString())));
        new EmbeddedEnvironmentPostProcessor().postProcessEnvironment(environment, new SpringApplication());
        return environment;
    }
}
