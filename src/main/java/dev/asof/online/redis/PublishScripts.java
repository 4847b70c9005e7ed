package dev.asof.online.redis;

import java.nio.charset.StandardCharsets;

/**
 * What brings keys of views with aggregates online, as one step each: whole values, and patches to what stands there. Of what
 * one publication replaces the greater number stays, so that publishers may come in any order. Layouts are those of
 * {@code PackedKey} and {@code KeyPatch}; numbers are compared as halves of 32 bits, as in {@link NewerWins}.
 */
final class PublishScripts {

    private static final String COMPARE = """
        local call, unpack, sub = redis.call, struct.unpack, string.sub
        local function less(a, at, b, bt)
          local a1, a2 = unpack('>I4I4', a, at)
          local b1, b2 = unpack('>I4I4', b, bt)
          return a1 < b1 or (a1 == b1 and a2 < b2)
        end
        local function older(a, at, b, bt)
          return less(a, at, b, bt) or (not less(b, bt, a, at) and less(a, at + 8, b, bt + 8))
        end
        """;

    /**
     * Arguments are whole values. Patches of a greater number are kept, where their tile is still one of the finest; else the
     * value lacks what the patch has, and has to be made again.
     */
    static final RedisScript WHOLE = RedisScript.of(COMPARE + """
        local again = {}
        for i = 1, #KEYS do
          local key, value = KEYS[i], ARGV[i]
          local head = call('GETRANGE', key, 0, 34)
          local kept, length, lost = {}, 0, false
          if head == '' or older(head, 2, value, 2) then
            local patches = head == '' and 0 or unpack('>I4', head, 23)
            if patches > 0 then
              local from = unpack('>I4', head, 19)
              local all = call('GETRANGE', key, from, from + patches - 1)
              local at = 1
              while at <= #all do
                local size = unpack('>I4', all, at)
                if older(value, 2, all, at + 4) then
                  if less(all, at + 20, value, 27) then
                    lost = true
                  end
                  kept[#kept + 1] = sub(all, at, at + size - 1)
                  length = length + size
                end
                at = at + size
              end
            end
            if lost then
              again[#again + 1] = i - 1
            elseif length == 0 then
              call('SET', key, value)
            else
              call('SET', key, sub(value, 1, 22) .. struct.pack('>I4', length) .. sub(value, 27) .. table.concat(kept))
            end
          end
        end
        return again
        """);

    /** Arguments are the patches of a key, one after the other, all of one number. */
    static final RedisScript PATCH = RedisScript.of(COMPARE + """
        local again = {}
        for i = 1, #KEYS do
          local key, added = KEYS[i], ARGV[i]
          local head = call('GETRANGE', key, 0, 34)
          if head == '' then
            again[#again + 1] = i - 1
          elseif string.byte(head, 18) < 2 and older(head, 2, added, 5) then
            local from, patches = unpack('>I4I4', head, 19)
            local all = patches > 0 and call('GETRANGE', key, from, from + patches - 1) or ''
            local parts, length, wanted = {}, 0, false
            local replaced = {}
            local at = 1
            while at <= #added do
              local size = unpack('>I4', added, at)
              local level = string.byte(added, at + 28)
              if less(added, at + 20, head, 27) or (level ~= 127 and level ~= string.byte(head, 35)) then
                wanted = true
              end
              replaced[sub(added, at + 20, at + 28)] = at
              at = at + size
            end
            at = 1
            while at <= #all do
              local size = unpack('>I4', all, at)
              local place = sub(all, at + 20, at + 28)
              local by = replaced[place]
              if by == nil or not older(all, at + 4, added, by + 4) then
                parts[#parts + 1] = sub(all, at, at + size - 1)
                length = length + size
                replaced[place] = nil
              end
              at = at + size
            end
            for _, by in pairs(replaced) do
              local size = unpack('>I4', added, by)
              parts[#parts + 1] = sub(added, by, by + size - 1)
              length = length + size
            end
            if wanted or length > %s then
              again[#again + 1] = i - 1
            elseif length > 0 then
              call('SETRANGE', key, 22, struct.pack('>I4', length))
              call('SETRANGE', key, from, table.concat(parts))
            end
          end
        end
        return again
        """.formatted(8 * 1024));

    /**
     * Removes keys that have neither a row nor a finest tile from the argument's instant on, its sign bit flipped; answers how
     * many.
     */
    static final byte[] SWEEP = (COMPARE + """
        local swept = 0
        for i = 1, #KEYS do
          local head = call('GETRANGE', KEYS[i], 0, 34)
          if #head == 35 and string.byte(head, 1) == 2 and string.byte(head, 18) == 0 and less(head, 27, ARGV[1], 1) then
            local from, patches = unpack('>I4I4', head, 19)
            local all = patches > 0 and call('GETRANGE', KEYS[i], from, from + patches - 1) or ''
            local past, at = true, 1
            while at <= #all and past do
              past = less(all, at + 20, ARGV[1], 1)
              at = at + unpack('>I4', all, at)
            end
            if past then
              call('UNLINK', KEYS[i])
              swept = swept + 1
            end
          end
        end
        return swept
        """).getBytes(StandardCharsets.US_ASCII);

    private PublishScripts() {}
}
