/**
 * What is defined and how it is stored: every version of every definition, read back for ever, and what this server
 * understands of it.
 */
@NullMarked
package dev.asof.registry.catalog;

import org.jspecify.annotations.NullMarked;
