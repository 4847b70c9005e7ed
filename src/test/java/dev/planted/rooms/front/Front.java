package dev.planted.rooms.front;

import dev.planted.rooms.back.Back;

/** Knows the room behind, which knows it too. */
public final class Front {

    public Back behind() {
        return new Back();
    }
}
