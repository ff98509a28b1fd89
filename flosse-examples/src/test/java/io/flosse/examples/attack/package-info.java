/**
 * A program that attacks the examples server by everything that SECURITY.md lists for clients and proxies. It is no
 * test of the build.
 */
package io.flosse.examples.attack;
