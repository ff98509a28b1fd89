package io.flosse.tools;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Names the programs that a test, or each test of a class, starts. They are looked up on the PATH before anything of the
 * test is set up. Where one is missing the test is skipped, with a sentence that names it; with the environment variable
 * {@code FLOSSE_TOOLS} set to {@code required} the test fails instead, and with {@code hidden} it fails where one is found.
 * {@code -Dgroups=tools} runs these tests alone.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("tools")
@ExtendWith(ToolsExtension.class)
public @interface NeedsTools {

    Tool[] value();

    /** Whether the test also needs to run as root. A test that runs as somebody else is skipped, wherever that is. */
    boolean asRoot() default false;
}
