/** Real clients read the streams of one server. */
package io.flosse.examples.clients;
