package dev.asof.training;

import jakarta.servlet.MultipartConfigElement;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({TrainingProperties.class, ReaderProperties.class})
class TrainingConfiguration {

    private static final long UNLIMITED = -1;
    private static final int IN_MEMORY = 64 * 1024;

    /** Spines may be big: past 64 kB an upload is kept in a temporary file, which goes with the request. */
    @Bean
    MultipartConfigElement spineUploads() {
        return new MultipartConfigElement("", UNLIMITED, UNLIMITED, IN_MEMORY);
    }
}
