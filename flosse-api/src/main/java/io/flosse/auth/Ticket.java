package io.flosse.auth;

import io.flosse.internal.Durations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The content of a ticket.
 *
 * @param id the ticket's random id
 * @param identity the identity of the streams that it opens
 * @param paths the paths that it opens
 * @param issued when it was issued
 * @param expiry the deadline for its first use
 */
record Ticket(String id, Identity identity, Set<String> paths, Instant issued, Instant expiry) {

    private static final int ID_BYTES = 16;
    private static final long NEVER = Long.MAX_VALUE;

    static Ticket of(Identity identity, Set<String> paths, Instant now, Duration validity) {
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("A ticket must name at least one path that it opens");
        }
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return new Ticket(HexFormat.of().formatHex(id), identity, paths, now, now.plus(validity));
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.write(HexFormat.of().parseHex(id));
            out.writeLong(issued.toEpochMilli());
            out.writeLong(expiry.toEpochMilli());
            out.writeLong(identity.expiry().map(Durations::epochMillis).orElse(NEVER));
            out.writeUTF(identity.name());
            write(out, identity.roles());
            out.writeShort(identity.attributes().size());
            for (var attribute : new TreeMap<>(identity.attributes()).entrySet()) {
                out.writeUTF(attribute.getKey());
                out.writeUTF(attribute.getValue());
            }
            write(out, paths);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "The identity or a path is too long for a ticket: each text may have at most 65,535 bytes", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Set<String> texts) throws IOException {
        out.writeShort(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    /** Decodes a signed payload. Returns empty if another version of flosse wrote it. */
    static Optional<Ticket> decode(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte[] id = new byte[ID_BYTES];
            in.readFully(id);
            Instant issued = Instant.ofEpochMilli(in.readLong());
            Instant expiry = Instant.ofEpochMilli(in.readLong());
            long identityExpiry = in.readLong();
            Identity identity = Identity.of(in.readUTF()).withRoles(read(in).toArray(String[]::new));
            for (int remaining = in.readUnsignedShort(); remaining > 0; remaining--) {
                identity = identity.withAttribute(in.readUTF(), in.readUTF());
            }
            if (identityExpiry != NEVER) {
                identity = identity.withExpiry(Instant.ofEpochMilli(identityExpiry));
            }
            return Optional.of(new Ticket(HexFormat.of().formatHex(id), identity, read(in), issued, expiry));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Set<String> read(DataInputStream in) throws IOException {
        Set<String> texts = new LinkedHashSet<>();
        for (int remaining = in.readUnsignedShort(); remaining > 0; remaining--) {
            texts.add(in.readUTF());
        }
        return texts;
    }
}
