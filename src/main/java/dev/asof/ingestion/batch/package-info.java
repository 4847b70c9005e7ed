/**
 * Batches: rows from a request to a commit, whole or not at all, and the quarantine of those that broke the contract.
 */
@NullMarked
package dev.asof.ingestion.batch;

import org.jspecify.annotations.NullMarked;
