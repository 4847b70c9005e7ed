package dev.asof.http;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a controller's routes are about, where several controllers inherit the same routes. In the operation ids and
 * summaries of such routes stand {@code {one}}, {@code {many}}, {@code {One}} and {@code {Many}}: for
 * {@code a feature view} these become {@code a feature view}, {@code feature views}, {@code FeatureView} and
 * {@code FeatureViews}. So each operation keeps an id and a description of its own.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface RouteWords {

    /** One of them with its article, such as {@code an entity}. */
    String one();

    /** Several of them, such as {@code entities}. */
    String many();

    /** An example of the path variable {@code name}. */
    String exampleName();

    /** An example of a body in YAML. */
    String exampleBody();
}
