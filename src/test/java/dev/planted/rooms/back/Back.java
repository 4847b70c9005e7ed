package dev.planted.rooms.back;

import dev.planted.rooms.front.Front;

public final class Back {

    public Front before() {
        return new Front();
    }
}
