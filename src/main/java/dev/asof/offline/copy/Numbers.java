package dev.asof.offline.copy;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/** A list of numbers that is used again. */
final class Numbers {

    private int[] numbers = new int[16];
    private int size;

    void clear() {
        size = 0;
    }

    void add(int number) {
        if (size == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * size);
        }
        numbers[size++] = number;
    }

    int size() {
        return size;
    }

    int at(int index) {
        return numbers[index];
    }

    void sort(IntToLongFunction worth) {
        IndexSort.sort(numbers, size, worth);
    }

    /** Of numbers in order, each once: how many are below another. */
    int countBelow(int number) {
        int found = Arrays.binarySearch(numbers, 0, size, number);
        return found < 0 ? -found - 1 : found;
    }
}
