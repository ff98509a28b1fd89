package io.flosse.throttle;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bounds the size of the keys of a throttle, because a client may choose them. */
final class BoundedKey {

    /** The maximum length of a key that is kept as it is. */
    static final int MAX_LENGTH = 128;

    private BoundedKey() {}

    /** Returns the key; a digest (SHA-256) in place of a long one. */
    static String of(String key) {
        if (key.length() <= MAX_LENGTH) {
            return key;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_16));
            return "sha-256 " + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Java has no SHA-256, which every Java platform must have", e);
        }
    }
}
