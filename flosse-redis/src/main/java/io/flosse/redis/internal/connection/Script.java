package io.flosse.redis.internal.connection;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** A script that Redis runs in one step, sent by its hash once Redis has it. */
public final class Script {

    private final byte[] text;
    private final byte[] hash;

    Script(String text) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(this.text);
            this.hash = HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Redis names scripts by SHA-1, which this JVM lacks", e);
        }
    }

    public Object run(Jedis jedis, List<byte[]> keys, List<byte[]> arguments) {
        try {
            return jedis.evalsha(hash, keys, arguments);
        } catch (JedisNoScriptException e) {
            return jedis.eval(text, keys, arguments);
        }
    }
}
