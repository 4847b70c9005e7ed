package dev.asof.online.redis;

/**
 * The compare-and-set that makes newer win (rule I3), run by Redis as one step: sets each key to its row unless the row
 * that stands there has the same or a greater (event timestamp, row sequence). Redis knows it by its hash, so servers
 * of different versions don't get in each other's way.
 */
final class NewerWins {

    /**
     * Keys are row keys, arguments the rows packed by {@code RowCodec}; no key is ever wanted again.
     *
     * <p>The headers are compared as four unsigned numbers of 32 bits: a double, all that Lua has, doesn't hold 64,
     * and Lua compares strings by locale.
     */
    static final RedisScript SCRIPT = RedisScript.of("""
        local call, unpack = redis.call, struct.unpack
        for i = 1, #KEYS do
          local key, row = KEYS[i], ARGV[i]
          local stored = call('GETRANGE', key, 1, 16)
          local newer = stored == ''
          if not newer then
            local a1, a2, a3, a4 = unpack('>I4I4I4I4', row, 2)
            local b1, b2, b3, b4 = unpack('>I4I4I4I4', stored)
            newer = a1 > b1 or (a1 == b1 and (a2 > b2 or (a2 == b2 and (a3 > b3 or (a3 == b3 and a4 > b4)))))
          end
          if newer then
            call('SET', key, row)
          end
        end
        return {}
        """);

    private NewerWins() {}
}
