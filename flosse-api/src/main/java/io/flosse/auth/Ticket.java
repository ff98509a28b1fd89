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
 * What a ticket says.
 *
 * @param id which ticket it is, drawn at random
 * @param identity whose it is
 * @param paths what it opens
 * @param issued when it was issued
 * @param expiry by when it must be used
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
            throw new IllegalArgumentException("The identity or a path is too long for a ticket", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Set<String> texts) throws IOException {
        out.writeShort(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    /** Reads what was signed; empty if it is of another version of flosse. */
    static Optional<Ticket> decode(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte[] id = new byte[ID_BYTES];
            in.readFully(id);
            Instant issued = Instant.ofEpochMilli(in.readLong());
            Instant expiry = Instant.ofEpochMilli(in.readLong());
            long end = in.readLong();
            Identity identity = Identity.of(in.readUTF()).withRoles(read(in).toArray(String[]::new));
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                identity = identity.withAttribute(in.readUTF(), in.readUTF());
            }
            if (end != NEVER) {
                identity = identity.withExpiry(Instant.ofEpochMilli(end));
            }
            return Optional.of(new Ticket(HexFormat.of().formatHex(id), identity, read(in), issued, expiry));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Set<String> read(DataInputStream in) throws IOException {
        Set<String> texts = new LinkedHashSet<>();
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            texts.add(in.readUTF());
        }
        return texts;
    }
}
