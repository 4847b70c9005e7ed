/**
 * A source's contract ({@link dev.asof.registry.SourceDefinition}) made ready to run, and rows held to it.
 */
@NullMarked
package dev.asof.ingestion.contract;

import org.jspecify.annotations.NullMarked;
