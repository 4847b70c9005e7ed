package dev.asof.online.lookup;

/** How an answer is to be written as JSON. */
record AnswerForm(boolean statuses, boolean eventTimestamps, boolean int64AsText) {}
