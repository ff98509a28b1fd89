package io.flosse.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.util.List;
import java.util.Objects;
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** The agent records every kind of dynamic access. */
class TracingAgentTest {

    /** Uses every kind of dynamic access. */
    public static final class DynamicAccess implements Runnable {
        private static final byte[] EMPTY_STREAM = {(byte) 0xAC, (byte) 0xED, 0, 5};

        @Override
        public void run() {
            ignoringErrors(() -> Class.forName("curious.A"));
            ignoringErrors(() -> Class.forName("curious.B", false, null));
            ignoringErrors(() -> DynamicAccess.class.getClassLoader().loadClass("curious.C"));
            ignoringErrors(() -> DynamicAccess.class.getDeclaredField("curious"));
            ignoringErrors(() -> DynamicAccess.class.getConstructor());
            ignoringErrors(() -> DynamicAccess.class.getConstructor(String.class, int.class));
            ignoringErrors(() -> DynamicAccess.class.getMethods());
            ignoringErrors(() -> DynamicAccess.class.getResource("/curious/one.txt"));
            ignoringErrors(() -> DynamicAccess.class.getResourceAsStream("two.txt"));
            ignoringErrors(() -> DynamicAccess.class.getClassLoader().getResources("curious/three.txt"));
            ignoringErrors(() -> ServiceLoader.load(Runnable.class));
            ignoringErrors(() -> ResourceBundle.getBundle("curious"));
            ignoringErrors(() -> new ObjectInputStream(new ByteArrayInputStream(EMPTY_STREAM)).readObject());
        }

        private static void ignoringErrors(Callable<?> access) {
            try {
                access.call();
            } catch (Exception e) {
                // None of these classes, members and resources exist.
            }
        }
    }

    /** Defines the rewritten class. */
    private static final class Loader extends ClassLoader {
        Class<?> define(String name, byte[] file) {
            return defineClass(name, file, 0, file.length);
        }
    }

    @Test
    void everyKindOfAccessIsRecordedAndComparedWithTheMetadata() throws Exception {
        String name = DynamicAccess.class.getName();
        byte[] file;
        try (InputStream in = DynamicAccess.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
            file = Objects.requireNonNull(in).readAllBytes();
        }
        byte[] rewritten = TracingAgent.rewrite(name.replace('.', '/'), file, DynamicAccess.class.getClassLoader());
        Set<String> before = DynamicAccessLog.recorded();
        Class<?> defined = new Loader().define(name, Objects.requireNonNull(rewritten));
        ((Runnable) defined.getConstructor().newInstance()).run();
        List<String> recorded = DynamicAccessLog.recorded().stream()
                .filter(access -> !before.contains(access))
                .sorted()
                .toList();
        assertThat(recorded)
                .containsExactly(
                        "bundle curious",
                        "member " + name + " <init>()",
                        "member " + name + " <init>(java.lang.String,int)",
                        "member " + name + " curious",
                        "never Class.getMethods of " + name,
                        "never ObjectInputStream.readObject",
                        "resource META-INF/services/java.lang.Runnable",
                        "resource curious/one.txt",
                        "resource curious/three.txt",
                        "resource io/flosse/nativeimage/two.txt",
                        "type curious.A",
                        "type curious.B",
                        "type curious.C");
        Reachability listed = new Reachability();
        listed.addType("curious.A");
        listed.addType("curious.B");
        listed.globs().add("curious/**");
        assertThat(DynamicAccessLog.unlisted(Set.of("type curious.A", "resource curious/one.txt"), listed))
                .isEmpty();
        assertThat(DynamicAccessLog.unlisted(Set.copyOf(recorded), listed)).hasSize(9);
    }
}
