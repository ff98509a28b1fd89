package io.flosse.checks.documents;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles the Java of the documents against the class path of the tests. The rule for a block:
 *
 * <ul>
 *   <li>with a line that begins with {@code public class} it is a whole program, compiled as it stands;
 *   <li>else, if it begins with {@code class} or {@code @}, it is put into a class body;
 *   <li>else into a method body that may throw anything.
 * </ul>
 *
 * Lines that begin with {@code import} move to the top. What is not whole sees the packages of flosse and the fields
 * that {@link #source} declares.
 */
final class Snippets {

    static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private static final Pattern PUBLIC_CLASS = Pattern.compile("(?m)^public class (\\w+)");

    private final Path classes;

    /** Compiles into a folder. */
    Snippets(Path classes) {
        this.classes = classes;
    }

    /** The source file that a block stands for. */
    static String source(String block, String name) {
        if (PUBLIC_CLASS.matcher(block).find()) {
            return block;
        }
        String imports = block.lines().filter(Snippets::isImport).collect(Collectors.joining("\n"));
        String body = block.lines().filter(line -> !isImport(line)).collect(Collectors.joining("\n"));
        String members = isMember(body) ? body : "void run() throws Exception {\n" + body + "\n}";
        return """
                import io.flosse.*;
                import io.flosse.auth.*;
                import io.flosse.channel.*;
                import io.flosse.helidon.*;
                import io.flosse.permission.*;
                import io.flosse.redis.*;
                import io.flosse.testing.*;
                import io.flosse.throttle.*;
                import io.helidon.webserver.*;
                import io.helidon.webserver.http.*;
                import jakarta.json.*;
                import java.time.*;
                import java.util.*;
                %s
                public class %s {
                    HttpRouting.Builder routing;
                    WebServer server;
                    SseRequest request;
                    Yield sink;
                    Channels channels;
                %s
                }
                """.formatted(imports, name, members);
    }

    private static boolean isMember(String body) {
        return body.startsWith("class ") || body.startsWith("@");
    }

    private static boolean isImport(String line) {
        return line.startsWith("import ");
    }

    /** Compiles one source file from a place in a document; fails with the place and the compiler's messages. */
    Class<?> compile(String source, String place) {
        Matcher matcher = PUBLIC_CLASS.matcher(source);
        if (!matcher.find()) {
            throw new AssertionError(place + " has no public class:\n" + source);
        }
        String name = matcher.group(1);
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter words = new StringWriter();
        List<String> options = List.of("--release", "21", "-proc:none", "-cp", CLASS_PATH, "-d", classes.toString());
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            if (!compiler.getTask(words, files, null, options, null, List.of(file))
                    .call()) {
                throw new AssertionError(place + " does not compile:\n" + source + "\n" + words);
            }
            return load(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Class<?> load(String name) throws IOException {
        URL[] urls = {classes.toUri().toURL()};
        try {
            return new URLClassLoader(urls, Snippets.class.getClassLoader()).loadClass(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
