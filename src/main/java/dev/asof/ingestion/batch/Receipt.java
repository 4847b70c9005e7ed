package dev.asof.ingestion.batch;

/**
 * What a request with rows is told.
 *
 * @param isNew false when the batch was accepted before, under the same idempotency key
 */
record Receipt(BatchAnswer answer, boolean isNew) {}
