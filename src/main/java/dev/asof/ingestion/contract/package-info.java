/**
 * What a source promises of its rows, and the rows held to it.
 */
@NullMarked
package dev.asof.ingestion.contract;

import org.jspecify.annotations.NullMarked;
