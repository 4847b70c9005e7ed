/**
 * The online store: the newest feature row of every key in Redis, and the lookups that models make. Written
 * newer-wins, read in one round trip.
 */
@NullMarked
@ApplicationModule(
        displayName = "Online",
        allowedDependencies = {"shared", "postgres", "http", "registry", "offline", "transform", "transform::window"})
package dev.asof.online;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
