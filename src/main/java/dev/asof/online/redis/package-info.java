/**
 * Redis, one process or a cluster: connections that come back, what is known of each process, writes that the newer
 * row wins, and reads in one round trip a process.
 */
@NullMarked
package dev.asof.online.redis;

import org.jspecify.annotations.NullMarked;
