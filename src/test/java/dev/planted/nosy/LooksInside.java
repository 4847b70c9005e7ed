package dev.planted.nosy;

import dev.planted.upper.inside.Inside;

public final class LooksInside {

    public Inside seen() {
        return new Inside();
    }
}
