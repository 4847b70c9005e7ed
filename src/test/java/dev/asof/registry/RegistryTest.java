package dev.asof.registry;

import dev.asof.support.TestStoresInitializer;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.modulith.test.ApplicationModuleTest;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** A test of the registry alone, on a database of its own: nobody backfills, so versions are marked ready by hand. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ApplicationModuleTest(verifyAutomatically = false, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@ContextConfiguration(initializers = TestStoresInitializer.class)
@TestPropertySource(
        properties = {
            "asof.embedded.enabled=false",
            "asof.registry.poll-interval=20ms",
            "asof.registry.lock-timeout=3s",
            // of the indicators that belong to readiness, this part of a server has only some
            "management.endpoint.health.validate-group-membership=false"
        })
@Import(RegistryTestSupport.class)
public @interface RegistryTest {}
