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

class TracingAgentTest {

    /** Reaches everything in the ways that code can. */
    public static final class Curious implements Runnable {
        private static final byte[] EMPTY_STREAM = {(byte) 0xAC, (byte) 0xED, 0, 5};

        @Override
        public void run() {
            ignoringErrors(() -> Class.forName("curious.A"));
            ignoringErrors(() -> Class.forName("curious.B", false, null));
            ignoringErrors(() -> Curious.class.getClassLoader().loadClass("curious.C"));
            ignoringErrors(() -> Curious.class.getDeclaredField("curious"));
            ignoringErrors(() -> Curious.class.getConstructor());
            ignoringErrors(() -> Curious.class.getConstructor(String.class, int.class));
            ignoringErrors(() -> Curious.class.getMethods());
            ignoringErrors(() -> Curious.class.getResource("/curious/one.txt"));
            ignoringErrors(() -> Curious.class.getResourceAsStream("two.txt"));
            ignoringErrors(() -> Curious.class.getClassLoader().getResources("curious/three.txt"));
            ignoringErrors(() -> ServiceLoader.load(Runnable.class));
            ignoringErrors(() -> ResourceBundle.getBundle("curious"));
            ignoringErrors(() -> new ObjectInputStream(new ByteArrayInputStream(EMPTY_STREAM)).readObject());
        }

        private static void ignoringErrors(Callable<?> access) {
            try {
                access.call();
            } catch (Exception e) {
                // None of it is there.
            }
        }
    }

    /** Loads the rewritten class. */
    private static final class Loader extends ClassLoader {
        Class<?> define(String name, byte[] file) {
            return defineClass(name, file, 0, file.length);
        }
    }

    @Test
    void eachWayIsSeenAndOnlyWhatIsListedIsTaken() throws Exception {
        String name = Curious.class.getName();
        byte[] file;
        try (InputStream in = Curious.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
            file = Objects.requireNonNull(in).readAllBytes();
        }
        byte[] rewritten = TracingAgent.rewrite(name.replace('.', '/'), file, Curious.class.getClassLoader());
        Set<String> before = DynamicAccessLog.seen();
        Class<?> curious = new Loader().define(name, Objects.requireNonNull(rewritten));
        ((Runnable) curious.getConstructor().newInstance()).run();
        List<String> seen = DynamicAccessLog.seen().stream()
                .filter(access -> !before.contains(access))
                .sorted()
                .toList();
        assertThat(seen)
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
        assertThat(DynamicAccessLog.unlisted(Set.copyOf(seen), listed)).hasSize(9);
    }
}
