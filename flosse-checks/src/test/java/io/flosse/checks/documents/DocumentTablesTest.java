package io.flosse.checks.documents;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flosse.EndCause;
import io.flosse.StreamInfo;
import io.flosse.channel.Channel;
import io.flosse.channel.Channels;
import io.flosse.examples.fixture.Document;
import io.flosse.helidon.Flosse;
import io.flosse.helidon.FlosseFeature;
import io.flosse.helidon.SseRoute;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checks the tables of the documents: each is complete, and says what the code does. */
class DocumentTablesTest {

    private static final Document README = Document.page("README.md");
    private static final Document ROUTES = Document.page("docs/routes.md");
    private static final Document CHANNELS = Document.page("docs/channels.md");

    @Test
    void theRouteTableHasEveryOptionWithItsDefault() throws Exception {
        Map<String, String> defaults = new TreeMap<>();
        for (List<String> row : ROUTES.table("| option | what it does | default |")) {
            String option = Document.code(row.get(0));
            defaults.put(option.substring(0, option.indexOf('(')), row.get(2));
        }
        assertThat(defaults.keySet()).as(ROUTES.place("| option |")).isEqualTo(methods(SseRoute.class, SseRoute.class));
        Object settings = packagePrivate("io.flosse.helidon.internal.settings.RouteSettings");
        for (Map.Entry<String, String> option : defaults.entrySet()) {
            Field field = settings.getClass().getDeclaredField(option.getKey());
            field.setAccessible(true);
            String shown = option.getValue();
            String place = ROUTES.place("`" + option.getKey() + "(");
            switch (field.get(settings)) {
                case Boolean on -> assertThat(shown).as(place).startsWith(on ? "on" : "off");
                case Integer number -> assertThat(shown).as(place).isEqualTo(number + " bytes");
                case Optional<?> value ->
                    assertThat(value)
                            .as(place)
                            .isEmpty()
                            .satisfies(it -> assertThat(shown).isIn("the server's", "never"));
                case List<?> list -> {
                    assertThat(list).isEmpty();
                    assertThat(shown).as(place).isIn("everybody", "none");
                }
                default -> assertThat(option.getKey()).as(place).isEqualTo("onError");
            }
        }
    }

    @Test
    void theFeatureTableHasEveryOptionWithItsKeyAndDefault() throws Exception {
        List<List<String>> rows = ROUTES.table("| key | builder | what it does | default |");
        Object settings = packagePrivate("io.flosse.helidon.FlosseFeature$Builder", "settings");
        Set<String> options =
                rows.stream().map(row -> Document.code(row.get(1))).collect(toSet());
        Set<String> methods = methods(FlosseFeature.Builder.class, FlosseFeature.Builder.class);
        methods.remove("config");
        assertThat(options).as(ROUTES.place("| key |")).isEqualTo(methods);
        for (List<String> row : rows) {
            String option = Document.code(row.get(1));
            String place = ROUTES.place("| `" + option + "` |");
            String key = option.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            // A key that is read refuses what is no value; one that is not read ignores it.
            Config nonsense = Config.just(ConfigSources.create(Map.of(key, "nonsense")));
            if (row.get(0).equals("–")) {
                assertThatCode(() -> FlosseFeature.builder().config(nonsense)).doesNotThrowAnyException();
            } else {
                assertThat(Document.code(row.get(0))).as(place).isEqualTo(key);
                assertThatThrownBy(() -> FlosseFeature.builder().config(nonsense))
                        .as(place)
                        .hasMessageContaining("nonsense");
            }
            Method value = settings.getClass().getDeclaredMethod(option);
            value.setAccessible(true);
            assertThat(Document.code(row.get(3))).as(place).isEqualTo(shown(value.invoke(settings)));
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
        Set<String> channels = methods(Channels.Builder.class, Channels.Builder.class);
        assertThat(names("| options of `Channels.builder()` | what it keeps | default |")).isEqualTo(channels);
        Set<String> subscribers = methods(Channel.class, Channel.class);
        assertThat(names("| options of subscribers | what happens | default |")).isEqualTo(subscribers);
        assertThat(CHANNELS.text())
                .contains(Arrays.stream(Channel.Overflow.values())
                        .map(policy -> "`withOverflow(" + policy + ")`")
                        .toList());
    }

    private static Set<String> names(String header) {
        return CHANNELS.table(header).stream()
                .map(row -> Document.code(row.getFirst()).replaceAll("\\(.*", ""))
                .collect(toSet());
    }

    @Test
    void everyEndCauseHasItsRow() {
        List<String> causes = Document.page("docs/lifecycle.md")
                .table("| cause | the client sees | may it come back? | the generator sees |")
                .stream()
                .map(row -> Document.code(row.getFirst()))
                .toList();
        assertThat(causes)
                .isEqualTo(Arrays.stream(EndCause.values()).map(Enum::name).toList());
    }

    /** All that {@code django_flosse/__init__.py} exports. */
    @Test
    void everyNameOfDjangoFlosseIsMapped() {
        String names = Document.page("docs/migrating.md").table("| django-flosse | flosse |").stream()
                .map(List::getFirst)
                .toList()
                .toString();
        assertThat(names).contains("sse_stream", "SSEEvent", "to_sse", "SSEClientDisconnected", "SSEYieldError");
    }

    @Test
    void everyLossHasItsRow() {
        assertThat(names("| loss | counts |"))
                .isEqualTo(Arrays.stream(Channel.Loss.values()).map(Enum::name).collect(toSet()));
    }

    @Test
    void everythingThatIsKnownOfAStreamHasItsRow() {
        assertThat(Document.page("docs/observability.md").table("| of a stream | is |").stream()
                        .flatMap(row -> Arrays.stream(row.getFirst().split(", ")))
                        .map(cell -> Document.code(cell).replace("()", "")))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(StreamInfo.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList());
    }

    @Test
    void theVersionsAreThoseOfThePom() throws IOException {
        String pom = Files.readString(Document.ROOT.resolve("pom.xml"));
        String version = between(pom, "<version>", "</version>");
        for (Document page : Document.all()) {
            for (Document.Block block : page.blocks("xml")) {
                Pattern.compile("<groupId>io\\.flosse</groupId>\\s*<artifactId>[^<]*</artifactId>\\s*<version>([^<]*)<")
                        .matcher(block.text())
                        .results()
                        .forEach(shown ->
                                assertThat(shown.group(1)).as(block.place()).isEqualTo(version));
            }
        }
        assertThat(README.text()).contains("**Status:** " + version);
        String helidon = between(pom, "<helidon.version>", "</helidon.version>");
        assertThat(README.text()).contains("Helidon SE " + helidon + " or 4.3.0");
        Document start = Document.page("docs/getting-started.md");
        assertThat(start.table("| | |")).contains(List.of("Helidon SE", helidon + ", and 4.3.0 (the same jar)"));
        assertThat(between(start.block("xml"), "<artifactId>helidon-bom</artifactId>", "<type>"))
                .contains("<version>" + helidon + "</version>");
        assertThat(README.blocks("sh")).extracting(Document.Block::text).contains("./mvnw verify\n");
    }

    /** The front page shows ratios only, which follow from the figures of one page. */
    @Test
    void theRatiosOfTheReadmeAreThoseOfTheFigures() {
        Map<String, List<String>> figures = Document.page("docs/performance.md")
                .table(
                        "| | flosse | Helidon `SseSink` | `outputStream` | Javalin 7 | Spring MVC 7 | WebFlux 7 | Vert.x 5 |")
                .stream()
                .collect(toMap(List::getFirst, row -> row.subList(1, row.size())));
        List<List<String>> shown = README.table("| measured | flosse | `SseSink` | others |");
        assertThat(shown).hasSizeGreaterThan(5);
        for (List<String> row : shown) {
            assertThat(figures).as(README.place("| " + row.getFirst() + " |")).containsKey(row.getFirst());
            List<BigDecimal> measured = figures.get(row.getFirst()).stream()
                    .map(cell -> new BigDecimal(cell.replace(",", "")))
                    .toList();
            BigDecimal flosse = measured.getFirst();
            List<BigDecimal> others = measured.subList(2, measured.size());
            assertThat(row.subList(1, row.size()))
                    .as(README.place("| " + row.getFirst() + " |"))
                    .containsExactly(
                            "1",
                            ratio(measured.get(1), flosse),
                            ratio(Collections.min(others), flosse) + " to " + ratio(Collections.max(others), flosse));
        }
    }

    /** With two significant digits. */
    private static String ratio(BigDecimal figure, BigDecimal flosse) {
        BigDecimal exact = figure.divide(flosse, MathContext.DECIMAL64);
        BigDecimal rounded = exact.round(new MathContext(2, RoundingMode.HALF_UP));
        return rounded.compareTo(BigDecimal.TEN) < 0
                ? rounded.setScale(Math.max(rounded.scale(), rounded.compareTo(BigDecimal.ONE) < 0 ? 2 : 1))
                        .toPlainString()
                : String.format(Locale.ROOT, "%,d", rounded.intValueExact());
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
