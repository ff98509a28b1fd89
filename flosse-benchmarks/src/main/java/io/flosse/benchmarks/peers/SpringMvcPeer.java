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

/** Spring MVC on Tomcat with virtual threads; Tomcat sets TCP_NODELAY by itself. */
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
        spring.register(Streams.class);
        var servlet = Tomcat.addServlet(context, "spring", new DispatcherServlet(spring));
        servlet.setAsyncSupported(true);
        servlet.setLoadOnStartup(1);
        servlet.addMapping("/");
        tomcat.start();
        return connector.getLocalPort();
    }

    /** The controller. */
    @RestController
    @EnableWebMvc
    public static class Streams {

        /** For Spring. */
        public Streams() {}

        @GetMapping("/burst")
        SseEmitter burst(@RequestParam("n") int n) {
            return stream("/burst", n);
        }

        @GetMapping("/ticker")
        SseEmitter scheduler(@RequestParam("n") int n) {
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
        String publish(@RequestParam("n") int n, @RequestParam("every") long every) {
            Hub.publish(n, every);
            return "ok";
        }

        private static SseEmitter stream(String address, int n) {
            SseEmitter emitter = new SseEmitter(0L);
            Thread.startVirtualThread(() -> {
                try {
                    Loops.run(address, n, data -> emitter.send(data, MediaType.TEXT_PLAIN));
                    emitter.complete();
                } catch (Exception ended) {
                    emitter.completeWithError(ended);
                }
            });
            return emitter;
        }
    }
}
