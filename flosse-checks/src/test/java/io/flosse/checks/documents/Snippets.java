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
 * A compiler for the Java code blocks of the documents. It uses the class path of the tests.
 *
 * <ul>
 *   <li>A block with a line that begins with {@code public class} is a complete program and is compiled unchanged.
 *   <li>A block that begins with {@code class} or {@code @} becomes part of a class body.
 *   <li>Any other block becomes the body of a method that may throw any exception.
 * </ul>
 *
 * Lines that begin with {@code import} move to the top. An incomplete block can use the packages of flosse and the
 * fields that {@link #source} declares.
 */
final class Snippets {

    static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private static final Pattern PUBLIC_CLASS = Pattern.compile("(?m)^public class (\\w+)");

    private final Path classes;

    /** Creates a compiler that writes class files to a directory. */
    Snippets(Path classes) {
        this.classes = classes;
    }

    /** Returns a complete source file for a block. */
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

    /**
     * Compiles a source file and loads its class. A failure reports the location in the document and the compiler
     * messages.
     */
    Class<?> compile(String source, String location) {
        Matcher matcher = PUBLIC_CLASS.matcher(source);
        if (!matcher.find()) {
            throw new AssertionError(location + " has no public class:\n" + source);
        }
        String name = matcher.group(1);
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of("--release", "21", "-proc:none", "-cp", CLASS_PATH, "-d", classes.toString());
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            if (!compiler.getTask(messages, files, null, options, null, List.of(file))
                    .call()) {
                throw new AssertionError(location + " does not compile:\n" + source + "\n" + messages);
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
