package io.flosse.benchmarks.peers;

import java.time.Duration;
import java.util.function.Consumer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;

/** Spring WebFlux on Reactor Netty. TCP_NODELAY is the default of Reactor Netty. */
final class WebFluxPeer implements Peer {

    @Override
    public int start() {
        RouterFunction<ServerResponse> routes = RouterFunctions.route()
                .GET(
                        "/burst",
                        request -> sse(Flux.range(0, intParameter(request, "n")).map(EventData::burst)))
                .GET("/ticker", request -> sse(ticker(Duration.ofMillis(intParameter(request, "n")))))
                .GET("/idle", request -> sse(Flux.concat(Flux.just("~"), Flux.never())))
                .GET("/broadcast", request -> sse(Flux.concat(Flux.just("~"), published())))
                .GET("/one", request -> sse(Flux.just("~")))
                .GET("/publish", request -> {
                    Hub.publish(intParameter(request, "n"), intParameter(request, "every"));
                    return ServerResponse.ok().bodyValue("ok");
                })
                .build();
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(RouterFunctions.toHttpHandler(routes)))
                .bindNow()
                .port();
    }

    private static int intParameter(ServerRequest request, String name) {
        return Integer.parseInt(request.queryParam(name).orElseThrow());
    }

    private static Flux<String> ticker(Duration interval) {
        return Flux.interval(Duration.ZERO, interval).onBackpressureDrop().map(tick -> EventData.now());
    }

    private static Flux<String> published() {
        return Flux.create(sink -> {
            Consumer<String> subscriber = sink::next;
            Hub.subscribe(subscriber);
            sink.onDispose(() -> Hub.unsubscribe(subscriber));
        });
    }

    private static Mono<ServerResponse> sse(Flux<String> events) {
        return ServerResponse.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(events, String.class);
    }
}
