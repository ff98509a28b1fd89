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

/**
 * The key ring of {@link Tickets}: signs with the first key and accepts signatures of all keys. The format of a ticket
 * is {@code keyId.payload.mac}.
 */
final class TicketKeys {

    private static final String ALGORITHM = "HmacSHA256";

    /** In bytes. A key shorter than the hash weakens the MAC (RFC 2104, section 3). */
    private static final int MIN_SECRET_BYTES = 32;

    /** A request line of this length is accepted by every server and proxy. */
    private static final int MAX_CHARACTERS = 2000;

    /** Prefix of the signed bytes, so that no other HMAC made with the same secret is a valid ticket. */
    private static final byte[] PURPOSE = ascii("flosse stream ticket 1\n");

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    private static final Pattern TOKEN =
            Pattern.compile("(?<id>[A-Za-z0-9_-]{1,32})\\.(?<payload>[A-Za-z0-9_-]+)\\.(?<mac>[A-Za-z0-9_-]{43})");

    private final String signingKeyId;
    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();

    /** Creates a ring of at least one key. The first key signs. */
    TicketKeys(Map<String, byte[]> secrets) {
        secrets.forEach((id, secret) -> keys.put(id, new SecretKeySpec(secret, ALGORITHM)));
        signingKeyId = keys.keySet().iterator().next();
    }

    static void check(String id, byte[] secret) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("A key's id must match " + ID + ", but is '" + id + "'");
        }
        if (secret.length < MIN_SECRET_BYTES) {
            throw new IllegalArgumentException("The secret of key '" + id + "' must have at least " + MIN_SECRET_BYTES
                    + " bytes, but has " + secret.length);
        }
    }

    String sign(byte[] payload) {
        String signed = signingKeyId + "." + encode(payload);
        String token = signed + "." + encode(mac(signingKeyId, signed));
        if (token.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("The ticket would have " + token.length() + " characters, at most "
                    + MAX_CHARACTERS + " fit in a URL: issue it for an identity with fewer attributes or roles");
        }
        return token;
    }

    /**
     * Returns the payload of a token if one of the keys signed it. The payload is not parsed before that check. The MAC
     * is compared as text: several Base64 texts decode to the same bytes, and only the one that was issued is a ticket.
     */
    Optional<byte[]> verify(String token) {
        if (token.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        var parts = TOKEN.matcher(token);
        if (!parts.matches() || !keys.containsKey(parts.group("id"))) {
            return Optional.empty();
        }
        String expected = encode(mac(parts.group("id"), token.substring(0, parts.end("payload"))));
        // Constant time, independent of the first difference.
        return MessageDigest.isEqual(ascii(expected), ascii(parts.group("mac")))
                ? Optional.ofNullable(decode(parts.group("payload")))
                : Optional.empty();
    }

    private byte[] mac(String id, String signed) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(keys.get(id));
            mac.update(PURPOSE);
            return mac.doFinal(ascii(signed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java runtime has no " + ALGORITHM + "; every JDK must have it", e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
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
