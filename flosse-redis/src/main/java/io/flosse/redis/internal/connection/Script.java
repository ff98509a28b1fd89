package io.flosse.redis.internal.connection;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** A Lua script that Redis runs atomically. It is sent by its hash if Redis has cached it, else as text. */
public final class Script {

    private final byte[] text;
    private final byte[] hash;

    private Script(byte[] text) {
        this.text = text;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text);
            this.hash = HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Redis identifies scripts by SHA-1, which this JVM does not provide", e);
        }
    }

    /**
     * Loads a script from resources of this package.
     *
     * @param files the names of the files, which are concatenated: shared functions first
     * @throws IllegalStateException if a file is missing
     */
    static Script load(String... files) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (String file : files) {
            text.writeBytes(read(file));
        }
        return new Script(text.toByteArray());
    }

    private static byte[] read(String file) {
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("The Lua script io/flosse/redis/internal/connection/" + file
                        + " is missing: a repackaged flosse-redis must include its *.lua resources");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("The Lua script " + file + " can't be read", e);
        }
    }

    public Object run(Jedis jedis, List<byte[]> keys, List<byte[]> arguments) {
        try {
            return jedis.evalsha(hash, keys, arguments);
        } catch (JedisNoScriptException e) {
            return jedis.eval(text, keys, arguments);
        }
    }

    byte[] text() {
        return text.clone();
    }
}
