package dev.asof.benchmark;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The floor in Spring: what anyone would write who wants these values over HTTP and nothing else. It binds the request
 * and the answer by Jackson, reads the rows with one command, and checks nothing.
 */
@ImportAutoConfiguration({
    TomcatServletWebServerAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebMvcAutoConfiguration.class,
    HttpMessageConvertersAutoConfiguration.class,
    JacksonAutoConfiguration.class
})
class BareController {

    record Key(String accountId) {}

    record Request(String featureService, List<Key> entities) {}

    record Row(double[] values) {}

    record Answer(String featureService, String asOf, boolean degraded, List<String> columns, List<Row> rows) {}

    static final class Endpoint {

        private final FloorRows floorRows;
        private final StatefulRedisConnection<byte[], byte[]> redis;

        Endpoint(FloorRows floorRows, StatefulRedisConnection<byte[], byte[]> redis) {
            this.floorRows = floorRows;
            this.redis = redis;
        }

        @ResponseBody
        Answer lookup(@RequestBody Request request) throws ExecutionException, InterruptedException {
            int features = FloorRows.features(request.featureService());
            byte[][] keys = new byte[request.entities().size()][];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = floorRows.key(features, request.entities().get(i).accountId());
            }
            var rows = new ArrayList<Row>(keys.length);
            for (var row : redis.async().mget(keys).get()) {
                rows.add(new Row(FloorRows.values(row.getValue(), features)));
            }
            return new Answer(
                    request.featureService() + "@v1",
                    Instant.now().toString(),
                    false,
                    floorRows.columns(features),
                    rows);
        }
    }

    public static void main(String[] args) {
        SpringApplication.run(BareController.class, args);
    }

    @Bean(destroyMethod = "close")
    StatefulRedisConnection<byte[], byte[]> redis(@Value("${spring.data.redis.url}") String uri) {
        return RedisClient.create(uri).connect(ByteArrayCodec.INSTANCE);
    }

    /** Mapped by hand: a stereotype would make the tests' servers find it too. */
    @Bean
    Endpoint endpoint(
            RequestMappingHandlerMapping mappings,
            StatefulRedisConnection<byte[], byte[]> redis,
            @Value("${benchmark.views}") String views)
            throws NoSuchMethodException {
        var endpoint = new Endpoint(FloorRows.of(views), redis);
        var options = new RequestMappingInfo.BuilderConfiguration();
        options.setPatternParser(PathPatternParser.defaultInstance);
        mappings.registerMapping(
                RequestMappingInfo.paths("/api/v1/online-features")
                        .methods(org.springframework.web.bind.annotation.RequestMethod.POST)
                        .options(options)
                        .build(),
                endpoint,
                Endpoint.class.getDeclaredMethod("lookup", Request.class));
        return endpoint;
    }
}
