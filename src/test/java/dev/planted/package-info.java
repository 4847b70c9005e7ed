/** What the architecture forbids, for its tests. Outside {@code dev.asof}, so that no server finds it. */
package dev.planted;
