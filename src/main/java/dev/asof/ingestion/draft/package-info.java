/**
 * Drafts of a source's definition from rows of it.
 */
@NullMarked
package dev.asof.ingestion.draft;

import org.jspecify.annotations.NullMarked;
