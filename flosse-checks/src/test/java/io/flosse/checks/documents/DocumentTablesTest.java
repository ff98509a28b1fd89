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

/** The tables of the documents are complete and match the code. */
class DocumentTablesTest {

    private static final Document README = Document.page("README.md");
    private static final Document ROUTES = Document.page("docs/routes.md");
    private static final Document CHANNELS = Document.page("docs/channels.md");

    @Test
    void routeTableListsEveryOptionWithItsDefault() throws Exception {
        Map<String, String> defaults = new TreeMap<>();
        for (List<String> row : ROUTES.table("| option | what it does | default |")) {
            String option = Document.code(row.get(0));
            defaults.put(option.substring(0, option.indexOf('(')), row.get(2));
        }
        assertThat(defaults.keySet())
                .as(ROUTES.locationOf("| option |"))
                .isEqualTo(methods(SseRoute.class, SseRoute.class));
        Object settings = newInstanceOf("io.flosse.helidon.internal.settings.RouteSettings");
        for (Map.Entry<String, String> option : defaults.entrySet()) {
            Field field = settings.getClass().getDeclaredField(option.getKey());
            field.setAccessible(true);
            String documented = option.getValue();
            String location = ROUTES.locationOf("`" + option.getKey() + "(");
            switch (field.get(settings)) {
                case Boolean on -> assertThat(documented).as(location).startsWith(on ? "on" : "off");
                case Integer number -> assertThat(documented).as(location).isEqualTo(number + " bytes");
                case Optional<?> value ->
                    assertThat(value)
                            .as(location)
                            .isEmpty()
                            .satisfies(it -> assertThat(documented)
                                    .isIn(
                                            "the server's",
                                            "never",
                                            "none",
                                            "always a stream",
                                            "`event: end`",
                                            "`event: error` with a reference",
                                            "only the header"));
                case List<?> list -> {
                    assertThat(list).isEmpty();
                    assertThat(documented).as(location).isIn("everybody", "none");
                }
                default -> assertThat(option.getKey()).as(location).isEqualTo("eventNames");
            }
        }
    }

    @Test
    void featureTableListsEveryOptionWithItsKeyAndDefault() throws Exception {
        List<List<String>> rows = ROUTES.table("| key | builder | what it does | default |");
        Object settings = readProperty("io.flosse.helidon.FlosseFeature$Builder", "settings");
        Set<String> options =
                rows.stream().map(row -> Document.code(row.get(1))).collect(toSet());
        Set<String> methods = methods(FlosseFeature.Builder.class, FlosseFeature.Builder.class);
        methods.remove("config");
        assertThat(options).as(ROUTES.locationOf("| key |")).isEqualTo(methods);
        for (List<String> row : rows) {
            String option = Document.code(row.get(1));
            String location = ROUTES.locationOf("| `" + option + "` |");
            String key = option.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            // The builder refuses an invalid value of a key that it reads, and ignores other keys.
            Config invalid = Config.just(ConfigSources.create(Map.of(key, "nonsense")));
            if (row.get(0).equals("–")) {
                assertThatCode(() -> FlosseFeature.builder().config(invalid)).doesNotThrowAnyException();
            } else {
                assertThat(Document.code(row.get(0))).as(location).isEqualTo(key);
                assertThatThrownBy(() -> FlosseFeature.builder().config(invalid))
                        .as(location)
                        .hasMessageContaining("nonsense");
            }
            Method value = settings.getClass().getDeclaredMethod(option);
            value.setAccessible(true);
            assertThat(Document.code(row.get(3))).as(location).isEqualTo(documentedForm(value.invoke(settings)));
        }
    }

    private static String documentedForm(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.map(Object::toString).orElse("none");
            case Integer number -> number == Integer.MAX_VALUE ? "unbounded" : number.toString();
            case List<?> list when list.equals(List.of(Flosse.helidonSecurity())) -> "Flosse.helidonSecurity()";
            case Consumer<?> listener -> "none";
            default -> value.toString();
        };
    }

    @Test
    void channelTablesListEveryOption() {
        Set<String> channels = methods(Channels.Builder.class, Channels.Builder.class);
        assertThat(names("| options of `Channels.builder()` | what it keeps | default |"))
                .isEqualTo(channels);
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
    void everyEndCauseIsDocumented() {
        List<String> causes = Document.page("docs/lifecycle.md")
                .table("| cause | the client sees | may it come back? | the generator sees |")
                .stream()
                .map(row -> Document.code(row.getFirst()))
                .toList();
        assertThat(causes)
                .isEqualTo(Arrays.stream(EndCause.values()).map(Enum::name).toList());
    }

    /** Checks the names that {@code django_flosse/__init__.py} exports. */
    @Test
    void everyExportOfDjangoFlosseIsMapped() {
        String names = Document.page("docs/migrating.md").table("| django-flosse | flosse |").stream()
                .map(List::getFirst)
                .toList()
                .toString();
        assertThat(names).contains("sse_stream", "SSEEvent", "to_sse", "SSEClientDisconnected", "SSEYieldError");
    }

    @Test
    void everyLossIsDocumented() {
        assertThat(names("| loss | counts |"))
                .isEqualTo(Arrays.stream(Channel.Loss.values()).map(Enum::name).collect(toSet()));
    }

    @Test
    void everyComponentOfStreamInfoIsDocumented() {
        assertThat(Document.page("docs/observability.md").table("| of a stream | is |").stream()
                        .flatMap(row -> Arrays.stream(row.getFirst().split(", ")))
                        .map(cell -> Document.code(cell).replace("()", "")))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(StreamInfo.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList());
    }

    @Test
    void documentedVersionsMatchThePom() throws IOException {
        String pom = Files.readString(Document.ROOT.resolve("pom.xml"));
        String version = between(pom, "<version>", "</version>");
        for (Document page : Document.all()) {
            for (Document.Block block : page.blocks("xml")) {
                Pattern.compile("<groupId>io\\.flosse</groupId>\\s*<artifactId>[^<]*</artifactId>\\s*<version>([^<]*)<")
                        .matcher(block.text())
                        .results()
                        .forEach(shown ->
                                assertThat(shown.group(1)).as(block.location()).isEqualTo(version));
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

    /** The README shows only ratios, which are calculated from the figures in docs/performance.md. */
    @Test
    void ratiosOfTheReadmeMatchTheFigures() {
        Map<String, List<String>> figures = Document.page("docs/performance.md")
                .table(
                        "| | flosse | Helidon `SseSink` | `outputStream` | Javalin 7 | Spring MVC 7 | WebFlux 7 | Vert.x 5 |")
                .stream()
                .collect(toMap(List::getFirst, row -> row.subList(1, row.size())));
        List<List<String>> documented = README.table("| measured | flosse | `SseSink` | others |");
        assertThat(documented).hasSizeGreaterThan(5);
        for (List<String> row : documented) {
            assertThat(figures)
                    .as(README.locationOf("| " + row.getFirst() + " |"))
                    .containsKey(row.getFirst());
            List<BigDecimal> measured = figures.get(row.getFirst()).stream()
                    .map(cell -> new BigDecimal(cell.replace(",", "")))
                    .toList();
            BigDecimal flosse = measured.getFirst();
            List<BigDecimal> others = measured.subList(2, measured.size());
            assertThat(row.subList(1, row.size()))
                    .as(README.locationOf("| " + row.getFirst() + " |"))
                    .containsExactly(
                            "1",
                            ratio(measured.get(1), flosse),
                            ratio(Collections.min(others), flosse) + " to " + ratio(Collections.max(others), flosse));
        }
    }

    /** Returns a ratio with two significant digits. */
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

    /** Returns the names of the public methods that a class declares with this return type. */
    private static Set<String> methods(Class<?> type, Class<?> returnType) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == returnType)
                .map(Method::getName)
                .collect(toSet());
    }

    private static Object newInstanceOf(String type) throws ReflectiveOperationException {
        var constructor = Class.forName(type).getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }

    private static Object readProperty(String type, String method) throws ReflectiveOperationException {
        Method accessor = Class.forName(type).getDeclaredMethod(method);
        accessor.setAccessible(true);
        return accessor.invoke(newInstanceOf(type));
    }
}
