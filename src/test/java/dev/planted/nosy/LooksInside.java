package dev.planted.nosy;

import dev.planted.upper.Careless;
import dev.planted.upper.inside.Inside;

public final class LooksInside {

    public Inside seen() {
        return new Inside();
    }

    public boolean isStored(Careless.PublicRepository others) {
        return others.count() > 0;
    }
}
