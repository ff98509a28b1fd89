package io.flosse.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Signs with the first key of a ring, and accepts what any of them has signed: {@code keyId.payload.mac}. */
final class TicketKeys {

    private static final String ALGORITHM = "HmacSHA256";

    /** RFC 2104, section 3: a key shorter than the hash weakens it. */
    private static final int LEAST_SECRET = 32;

    /** What every server and proxy takes in a request line. */
    private static final int MOST_CHARACTERS = 2000;

    /** So that no other HMAC made with the same secret is ever a ticket. */
    private static final byte[] PURPOSE = "flosse stream ticket 1\n".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    private static final Pattern TOKEN =
            Pattern.compile("(?<id>[A-Za-z0-9_-]{1,32})\\.(?<payload>[A-Za-z0-9_-]+)\\.(?<mac>[A-Za-z0-9_-]{43})");

    private final String signing;
    private final Map<String, SecretKeySpec> ring = new LinkedHashMap<>();

    /** A ring of at least one key, the first of which signs. */
    TicketKeys(Map<String, byte[]> secrets) {
        secrets.forEach((id, secret) -> ring.put(id, new SecretKeySpec(secret, ALGORITHM)));
        signing = ring.keySet().iterator().next();
    }

    static void check(String id, byte[] secret) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("A key's id must match " + ID + ", but is '" + id + "'");
        }
        if (secret.length < LEAST_SECRET) {
            throw new IllegalArgumentException("The secret of key '" + id + "' must have at least " + LEAST_SECRET
                    + " bytes, but has " + secret.length);
        }
    }

    String sign(byte[] payload) {
        String signed = signing + "." + encode(payload);
        String token = signed + "." + encode(mac(signing, signed));
        if (token.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException("The ticket would have " + token.length() + " characters, at most "
                    + MOST_CHARACTERS + " fit in a URL: issue it for an identity with fewer attributes or roles");
        }
        return token;
    }

    /** The payload of a token, if one of the keys has signed it. Nothing of it is looked at before. */
    Optional<byte[]> verify(String token) {
        if (token.length() > MOST_CHARACTERS) {
            return Optional.empty();
        }
        var parts = TOKEN.matcher(token);
        if (!parts.matches() || !ring.containsKey(parts.group("id"))) {
            return Optional.empty();
        }
        byte[] expected = mac(parts.group("id"), token.substring(0, parts.end("payload")));
        byte[] mac = decode(parts.group("mac"));
        // Takes the same time wherever they differ.
        return mac != null && MessageDigest.isEqual(expected, mac)
                ? Optional.ofNullable(decode(parts.group("payload")))
                : Optional.empty();
    }

    private byte[] mac(String id, String signed) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(ring.get(id));
            mac.update(PURPOSE);
            return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has " + ALGORITHM, e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte @Nullable [] decode(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
