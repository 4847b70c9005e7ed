package dev.asof.formats;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Checks a structure in Thrift's compact protocol for sizes greater than what follows them, without keeping any of it:
 * its readers allocate what they are told. Every element of a list takes a byte at least.
 */
final class ThriftSizes {

    private static final int MAX_DEPTH = 64;
    private static final int STOP = 0;
    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int BYTE = 3;
    private static final int I16 = 4;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int DOUBLE = 7;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int SET = 10;
    private static final int MAP = 11;
    private static final int STRUCT = 12;
    private static final int UUID = 13;
    private static final int LONG_FORM = 15;

    private final ByteBuffer in;

    private ThriftSizes(ByteBuffer in) {
        this.in = in;
    }

    /** Whether one structure stands at the start whose sizes fit. */
    static boolean areTrue(byte[] structure) {
        return length(ByteBuffer.wrap(structure)) >= 0;
    }

    /** The bytes of the structure at the start; -1 when its sizes don't fit. */
    static int length(ByteBuffer in) {
        try {
            int start = in.position();
            return new ThriftSizes(in).struct(0) ? in.position() - start : -1;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return -1;
        }
    }

    private boolean struct(int depth) {
        for (int field = in.get() & 0xFF; field != STOP; field = in.get() & 0xFF) {
            if (field >> 4 == 0) {
                varint();
            }
            int type = field & 0x0F;
            // a field's truth is its type
            if (type != TRUE && type != FALSE && !value(type, depth)) {
                return false;
            }
        }
        return true;
    }

    private boolean value(int type, int depth) {
        // lists within lists too: a byte is enough for each
        if (depth > MAX_DEPTH) {
            return false;
        }
        return switch (type) {
            case TRUE, FALSE, BYTE -> skip(1);
            case I16, I32, I64 -> number();
            case DOUBLE -> skip(Double.BYTES);
            case UUID -> skip(2 * Long.BYTES);
            case BINARY -> skip(varint());
            case LIST, SET -> list(depth);
            case MAP -> map(depth);
            case STRUCT -> struct(depth + 1);
            default -> false;
        };
    }

    private boolean list(int depth) {
        int header = in.get() & 0xFF;
        long size = header >> 4 == LONG_FORM ? varint() : header >> 4;
        return elements(size, depth, header & 0x0F);
    }

    private boolean map(int depth) {
        long size = varint();
        if (size == 0) {
            return true;
        }
        int types = in.get() & 0xFF;
        return elements(size, depth, types >> 4, types & 0x0F);
    }

    private boolean elements(long size, int depth, int... types) {
        if (size < 0 || size > in.remaining()) {
            return false;
        }
        for (long i = 0; i < size; i++) {
            for (int type : types) {
                if (!value(type, depth + 1)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean skip(long bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            return false;
        }
        in.position(in.position() + (int) bytes);
        return true;
    }

    private boolean number() {
        varint();
        return true;
    }

    private long varint() {
        return PageBytes.varint(in);
    }
}
