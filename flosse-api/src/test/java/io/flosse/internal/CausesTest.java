package io.flosse.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link Causes}: searches cause chains, even broken ones of user code. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CausesTest {

    @Test
    void causeIsFoundAtAnyDepth() {
        Throwable thrown = new RuntimeException(new IllegalStateException(new InterruptedException()));
        assertThat(Causes.any(thrown, InterruptedException.class::isInstance)).isTrue();
        assertThat(Causes.any(thrown, RuntimeException.class::isInstance)).isTrue();
        assertThat(Causes.any(thrown, Error.class::isInstance)).isFalse();
    }

    @Test
    void cyclicCauseChainTerminates() {
        Throwable one = new IllegalStateException("one");
        Throwable two = new IllegalStateException("two", one);
        one.initCause(two);
        assertThat(Causes.any(one, Error.class::isInstance)).isFalse();
    }

    @Test
    void exceptionThatIsItsOwnCauseTerminates() {
        Throwable own = new RuntimeException() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Throwable getCause() {
                return this;
            }
        };
        assertThat(Causes.any(own, Error.class::isInstance)).isFalse();
    }

    @Test
    void getCauseThatThrowsIsTreatedAsNoCause() {
        Throwable hostile = new RuntimeException() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("on purpose");
            }
        };
        assertThat(Causes.any(hostile, Error.class::isInstance)).isFalse();
    }
}
