package io.flosse.benchmarks.peers;

import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Spring MVC on Tomcat with virtual threads. TCP_NODELAY is the default of Tomcat. */
final class SpringMvcPeer implements Peer {

    @Override
    public int start() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        var connector = tomcat.getConnector();
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxConnections", "20000");
        connector.setProperty("acceptCount", "4096");
        connector.getProtocolHandler().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        Context context = tomcat.addContext("", null);
        var spring = new AnnotationConfigWebApplicationContext();
        spring.register(StreamController.class);
        var servlet = Tomcat.addServlet(context, "spring", new DispatcherServlet(spring));
        servlet.setAsyncSupported(true);
        servlet.setLoadOnStartup(1);
        servlet.addMapping("/");
        tomcat.start();
        return connector.getLocalPort();
    }

    /** The controller of all paths. */
    @RestController
    @EnableWebMvc
    public static class StreamController {

        /** Called by Spring. */
        public StreamController() {}

        @GetMapping("/burst")
        SseEmitter burst(@RequestParam("n") int n) {
            return stream("/burst", n);
        }

        @GetMapping("/ticker")
        SseEmitter ticker(@RequestParam("n") int n) {
            return stream("/ticker", n);
        }

        @GetMapping("/idle")
        SseEmitter idle() {
            return stream("/idle", 0);
        }

        @GetMapping("/broadcast")
        SseEmitter broadcast() {
            return stream("/broadcast", 0);
        }

        @GetMapping("/one")
        SseEmitter one() {
            return stream("/one", 0);
        }

        @GetMapping("/publish")
        String publish(@RequestParam("n") int n, @RequestParam("every") long intervalMicros) {
            Hub.publish(n, intervalMicros);
            return "ok";
        }

        private static SseEmitter stream(String path, int n) {
            SseEmitter emitter = new SseEmitter(0L);
            Thread.startVirtualThread(() -> {
                try {
                    BlockingStreams.run(path, n, data -> emitter.send(data, MediaType.TEXT_PLAIN));
                    emitter.complete();
                } catch (Exception e) {
                    emitter.completeWithError(e);
                }
            });
            return emitter;
        }
    }
}
