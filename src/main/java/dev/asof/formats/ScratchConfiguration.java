package dev.asof.formats;

import java.io.IOException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Begins and ends with no temporary files, and has the web server keep the files that are uploaded beside the others. */
@Configuration(proxyBeanMethods = false)
class ScratchConfiguration {

    ScratchConfiguration() {
        ScratchFiles.removeLeftovers();
        SpringApplication.getShutdownHandlers().add(ScratchFiles::removeOwn);
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> uploadsInScratchFiles() throws IOException {
        var directory = ScratchFiles.directory("tomcat-").toFile();
        return factory -> factory.setBaseDirectory(directory);
    }
}
