/** Streams through real proxies with exactly the configurations that docs/deployment.md prints. */
package io.flosse.examples.proxies;
