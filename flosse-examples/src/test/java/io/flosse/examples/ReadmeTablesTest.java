package io.flosse.examples;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Holds the tables of README.md true: each is complete, and says what the code does. */
class ReadmeTablesTest {

    private static final Readme README = Readme.read();

    @Test
    void theRouteTableHasEveryOptionWithItsDefault() throws Exception {
        Map<String, String> defaults = new TreeMap<>();
        for (List<String> row : README.table("| option | what it does | default |")) {
            String option = Readme.code(row.get(0));
            defaults.put(option.substring(0, option.indexOf('(')), row.get(2));
        }
        assertThat(defaults.keySet()).isEqualTo(methods(SseRoute.class, SseRoute.class));
        Object settings = packagePrivate("io.flosse.helidon.internal.settings.RouteSettings");
        for (Map.Entry<String, String> option : defaults.entrySet()) {
            Field field = settings.getClass().getDeclaredField(option.getKey());
            field.setAccessible(true);
            String shown = option.getValue();
            switch (field.get(settings)) {
                case Boolean on -> assertThat(shown).startsWith(on ? "on" : "off");
                case Integer number -> assertThat(shown).isEqualTo(number + " bytes");
                case Optional<?> value ->
                    assertThat(value)
                            .as(option.getKey())
                            .isEmpty()
                            .satisfies(it -> assertThat(shown).isIn("the server's", "never"));
                case List<?> list -> {
                    assertThat(list).isEmpty();
                    assertThat(shown).isIn("everybody", "none");
                }
                default -> assertThat(option.getKey()).isEqualTo("onError");
            }
        }
    }

    @Test
    void theFeatureTableHasEveryOptionWithItsKeyAndDefault() throws Exception {
        List<List<String>> rows = README.table("| key | builder | what it does | default |");
        Object settings = packagePrivate("io.flosse.helidon.FlosseFeature$Builder", "settings");
        Set<String> options = rows.stream().map(row -> Readme.code(row.get(1))).collect(toSet());
        Set<String> methods = methods(FlosseFeature.Builder.class, FlosseFeature.Builder.class);
        methods.remove("config");
        assertThat(options).isEqualTo(methods);
        for (List<String> row : rows) {
            String option = Readme.code(row.get(1));
            String key = option.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            // A key that is read refuses what is no value; one that is not read ignores it.
            Config nonsense = Config.just(ConfigSources.create(Map.of(key, "nonsense")));
            if (row.get(0).equals("–")) {
                assertThatCode(() -> FlosseFeature.builder().config(nonsense)).doesNotThrowAnyException();
            } else {
                assertThat(Readme.code(row.get(0))).isEqualTo(key);
                assertThatThrownBy(() -> FlosseFeature.builder().config(nonsense))
                        .as(key)
                        .hasMessageContaining("nonsense");
            }
            Method value = settings.getClass().getDeclaredMethod(option);
            value.setAccessible(true);
            assertThat(Readme.code(row.get(3))).as(option).isEqualTo(shown(value.invoke(settings)));
        }
    }

    private static String shown(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.map(Object::toString).orElse("none");
            case Integer number -> number == Integer.MAX_VALUE ? "unbounded" : number.toString();
            case List<?> list when list.equals(List.of(Flosse.helidonSecurity())) -> "Flosse.helidonSecurity()";
            case Consumer<?> listener -> "none";
            default -> value.toString();
        };
    }

    @Test
    void theTablesOfChannelsHaveEveryOption() {
        Set<String> registry = methods(Channels.class, Channels.class);
        registry.remove("inMemory");
        assertThat(names("| options of a family | what it keeps | default |")).isEqualTo(registry);
        Set<String> subscribers = methods(Channel.class, Channel.class);
        assertThat(names("| options of subscribers | what happens | default |")).isEqualTo(subscribers);
        assertThat(README.text())
                .contains(Arrays.stream(Channel.Overflow.values())
                        .map(policy -> "`withOverflow(" + policy + ")`")
                        .toList());
    }

    private static Set<String> names(String header) {
        return README.table(header).stream()
                .map(row -> Readme.code(row.getFirst()).replaceAll("\\(.*", ""))
                .collect(toSet());
    }

    @Test
    void everyEndCauseHasItsRow() {
        List<String> causes =
                README.table("| cause | the client sees | may it come back? | the generator sees |").stream()
                        .map(row -> Readme.code(row.getFirst()))
                        .toList();
        assertThat(causes)
                .isEqualTo(Arrays.stream(EndCause.values()).map(Enum::name).toList());
    }

    /** All that {@code django_flosse/__init__.py} exports. */
    @Test
    void everyNameOfDjangoFlosseIsMapped() {
        String names = README.table("| django-flosse | flosse |").stream()
                .map(List::getFirst)
                .toList()
                .toString();
        assertThat(names).contains("sse_stream", "SSEEvent", "to_sse", "SSEClientDisconnected", "SSEYieldError");
    }

    @Test
    void theVersionsAreThoseOfThePom() throws IOException {
        String pom = Files.readString(Path.of("..", "pom.xml"));
        String version = between(pom, "<version>", "</version>");
        assertThat(between(README.blocks("xml").getFirst(), "<version>", "</version>"))
                .isEqualTo(version);
        String helidon = between(pom, "<helidon.version>", "</helidon.version>");
        assertThat(README.table("| | |")).contains(List.of("Helidon SE", helidon + ", and 4.3.0 (the same jar)"));
        assertThat(between(README.blocks("xml").get(1), "<artifactId>helidon-bom</artifactId>", "<type>"))
                .contains("<version>" + helidon + "</version>");
        assertThat(README.blocks("sh")).contains("./mvnw verify\n");
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }

    /** The public methods that a class declares and that return this type. */
    private static Set<String> methods(Class<?> type, Class<?> returned) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == returned)
                .map(Method::getName)
                .collect(toSet());
    }

    private static Object packagePrivate(String type) throws ReflectiveOperationException {
        var constructor = Class.forName(type).getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }

    private static Object packagePrivate(String type, String method) throws ReflectiveOperationException {
        Method accessor = Class.forName(type).getDeclaredMethod(method);
        accessor.setAccessible(true);
        return accessor.invoke(packagePrivate(type));
    }
}
