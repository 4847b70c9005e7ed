package dev.asof.support;

import dev.asof.AsofApplication;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.ContextConfiguration;

/**
 * A test of the whole server, listening on a random port ({@code @LocalServerPort}), with a database and a Redis
 * database of its own. Tests without further configuration share one server.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@SpringBootTest(
        classes = AsofApplication.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "asof.embedded.enabled=false")
@ContextConfiguration(initializers = TestStoresInitializer.class)
public @interface AsofServerTest {}
