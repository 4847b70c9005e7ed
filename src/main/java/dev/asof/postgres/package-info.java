/**
 * Postgres as everybody here uses it: logins and what they may do, the probe that tells whether it answers,
 * transactions, locks, COPY, generated SQL, values from and into its types, and the scheduler that runs a task once
 * among all servers.
 */
@NullMarked
@ApplicationModule(
        displayName = "Postgres",
        allowedDependencies = {"shared", "formats"})
package dev.asof.postgres;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
