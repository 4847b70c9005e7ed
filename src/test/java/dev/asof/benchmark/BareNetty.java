package dev.asof.benchmark;

import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/**
 * The floor without a web framework: event loops, and as much of HTTP as the load generator speaks. It streams the
 * request and the answer through Jackson.
 */
final class BareNetty {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String LENGTH = "Content-Length: ";

    private record Request(int features, byte[][] keys) {}

    /** One connection. */
    private static final class Handler extends ByteToMessageDecoder {

        private final FloorRows floorRows;
        private final RedisAsyncCommands<byte[], byte[]> redis;

        Handler(FloorRows floorRows, RedisAsyncCommands<byte[], byte[]> redis) {
            this.floorRows = floorRows;
            this.redis = redis;
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            String text = in.toString(StandardCharsets.US_ASCII);
            int head = text.indexOf("\r\n\r\n") + 4;
            int length = text.indexOf(LENGTH) + LENGTH.length();
            if (head < 4 || text.length() < head + Integer.parseInt(text, length, text.indexOf('\r', length), 10)) {
                return;
            }
            in.skipBytes(in.readableBytes());
            var request = read(text.substring(head));
            redis.mget(request.keys())
                    .thenAccept(rows -> context.writeAndFlush(answer(context, request.features(), rows)));
        }

        private Request read(String body) {
            int features = 0;
            var accounts = new ArrayList<String>();
            try (var json = JSON.createParser(body)) {
                for (var token = json.nextToken(); token != null; token = json.nextToken()) {
                    if (token != JsonToken.VALUE_STRING) {
                        continue;
                    }
                    if (json.currentName().equals("feature_service")) {
                        features = FloorRows.features(json.getString());
                    } else {
                        accounts.add(json.getString());
                    }
                }
            }
            int asked = features;
            return new Request(
                    asked,
                    accounts.stream()
                            .map(account -> floorRows.key(asked, account))
                            .toArray(byte[][]::new));
        }

        private ByteBuf answer(ChannelHandlerContext context, int features, List<KeyValue<byte[], byte[]>> rows) {
            var body = context.alloc().buffer(256 + rows.size() * features * 20);
            try (OutputStream to = new ByteBufOutputStream(body);
                    var json = JSON.createGenerator(to)) {
                json.writeStartObject();
                json.writeStringProperty("feature_service", "model_" + features + "@v1");
                json.writeStringProperty("as_of", Instant.now().toString());
                json.writeBooleanProperty("degraded", false);
                json.writeArrayPropertyStart("columns");
                floorRows.columns(features).forEach(json::writeString);
                json.writeEndArray();
                json.writeArrayPropertyStart("rows");
                for (var row : rows) {
                    json.writeStartObject();
                    json.writeName("values");
                    json.writeArray(FloorRows.values(row.getValue(), features), 0, features);
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            String head = "HTTP/1.1 200 \r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n"
                    .formatted(body.readableBytes());
            var answer = context.alloc().compositeBuffer(2);
            return answer.addComponents(
                    true, context.alloc().buffer().writeBytes(head.getBytes(StandardCharsets.US_ASCII)), body);
        }
    }

    private BareNetty() {}

    /** Arguments: port, Redis's URI, views as {@link FloorRows#of} reads them. */
    public static void main(String[] args) {
        var redis = RedisClient.create(args[1]).connect(ByteArrayCodec.INSTANCE).async();
        var floorRows = FloorRows.of(args[2]);
        new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory()))
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Handler(floorRows, redis));
                    }
                })
                .bind("127.0.0.1", Integer.parseInt(args[0]))
                .syncUninterruptibly()
                .channel()
                .closeFuture()
                .syncUninterruptibly();
    }
}
