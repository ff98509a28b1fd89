package io.flosse.tools;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Declares the programs that a test, or each test of a class, starts. They are looked up on the PATH before the test is set up.
 * If one is missing, the test is skipped with a message that names it. With the environment variable {@code FLOSSE_TOOLS} set to
 * {@code required} the test fails instead; with {@code hidden} it fails if one is found. {@code -Dgroups=tools} runs only these
 * tests.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("tools")
@ExtendWith(ToolsExtension.class)
public @interface NeedsTools {

    Tool[] value();

    /** Returns whether the test must run as root. It is skipped for every other user, whatever the policy is. */
    boolean asRoot() default false;
}
