package io.flosse.examples;

import io.flosse.tools.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Headless Chromium with a profile of its own, which talks to nobody but the server under test. */
public final class Browser implements AutoCloseable {

    /** It misses the protocol classes of the newest Chromium, which nothing here uses. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;
    private final Path profile;

    private Browser(ChromeDriver driver, Path profile) {
        this.driver = driver;
        this.profile = profile;
    }

    /** Starts it; the test has {@code @NeedsTools({Tool.CHROMIUM, Tool.CHROMEDRIVER})}. */
    public static Browser start() throws IOException {
        SELENIUM.setLevel(Level.SEVERE);
        Path profile = Files.createTempDirectory("flosse-chromium");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(Tool.CHROMIUM.path());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--force-prefers-reduced-motion",
                "--window-size=1280,900",
                "--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        // Named, so that Selenium does not look for one on the network.
        System.setProperty("webdriver.chrome.driver", Tool.CHROMEDRIVER.path());
        return new Browser(new ChromeDriver(options), profile);
    }

    /** For what this class does not offer. */
    public WebDriver driver() {
        return driver;
    }

    public void go(String url) {
        driver.get(url);
    }

    public void open(ExamplesServer server) {
        go(server.uri("/").toString());
    }

    /** Clicks the button of a card: start, stop, raw or drop. */
    public void press(String card, String action) {
        click("#s-" + card + " [data-action=" + action + "]");
    }

    /** Clicks, as a pointer would, in the middle of the window, where nothing covers the element. */
    public void click(String selector) {
        WebElement element = driver.findElement(By.cssSelector(selector));
        driver.executeScript("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element);
        element.click();
    }

    /** Types into a field, in place of what was there. */
    public void type(String id, String text) {
        WebElement field = driver.findElement(By.id(id));
        field.clear();
        field.sendKeys(text);
    }

    /** Presses keys, one after another, where the focus is. */
    public void keys(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    /** Moves the focus back. */
    public void shiftTab() {
        new Actions(driver)
                .keyDown(Keys.SHIFT)
                .sendKeys(Keys.TAB)
                .keyUp(Keys.SHIFT)
                .perform();
    }

    /** What a script returns, as a string. */
    public String run(String script, Object... arguments) {
        return String.valueOf(driver.executeScript(script, arguments));
    }

    /** The text of the element with this id, hidden or not. */
    public String text(String id) {
        return run("return document.getElementById(arguments[0]).textContent", id);
    }

    public void await(String id, String text) {
        try {
            Deadline.await(() -> text(id).contains(text), "'" + text + "' in #" + id);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", which says '" + text(id) + "'", e);
        }
    }

    /** What the console has said since the last call; the refusals that a page asked for are there too. */
    public List<String> console() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Lays the page out as on a screen of this width in CSS pixels, which may be less than a window can have. */
    public void screen(int width, boolean mobile) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", mobile));
    }

    /** Saves the whole page as a picture in {@code target}. */
    public void picture(String name) throws IOException {
        Map<?, ?> answer = (Map<?, ?>) driver.executeCdpCommand(
                "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        Path folder = Files.createDirectories(Path.of("target", "screenshots"));
        byte[] png = OutputType.BYTES.convertFromBase64Png(String.valueOf(answer.get("data")));
        Files.write(folder.resolve(name + ".png"), png);
    }

    @Override
    public void close() throws IOException {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
