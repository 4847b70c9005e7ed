package dev.asof.offline.copy;

import java.util.function.IntToLongFunction;

/** Sorts numbers of things by what each is worth; what is in order already costs a look. Equal ones keep their order. */
final class IndexSort {

    /** Fewer are sorted by insertion. */
    private static final int FEW = 12;

    private final int[] numbers;
    private final IntToLongFunction worth;
    private final int[] aside;

    private IndexSort(int[] numbers, int count, IntToLongFunction worth) {
        this.numbers = numbers;
        this.worth = worth;
        this.aside = new int[count / 2 + 1];
    }

    /** Sorts the first of some numbers. */
    static void sort(int[] numbers, int count, IntToLongFunction worth) {
        new IndexSort(numbers, count, worth).sort(0, count);
    }

    private void sort(int from, int until) {
        if (until - from < FEW) {
            insert(from, until);
            return;
        }
        int middle = (from + until) >>> 1;
        sort(from, middle);
        sort(middle, until);
        if (worth.applyAsLong(numbers[middle - 1]) > worth.applyAsLong(numbers[middle])) {
            merge(from, middle, until);
        }
    }

    private void insert(int from, int until) {
        for (int i = from + 1; i < until; i++) {
            int number = numbers[i];
            long value = worth.applyAsLong(number);
            int at = i;
            while (at > from && worth.applyAsLong(numbers[at - 1]) > value) {
                numbers[at] = numbers[--at];
            }
            numbers[at] = number;
        }
    }

    private void merge(int from, int middle, int until) {
        int left = middle - from;
        System.arraycopy(numbers, from, aside, 0, left);
        int one = 0;
        int other = middle;
        for (int to = from; one < left; to++) {
            boolean isOther = other < until && worth.applyAsLong(numbers[other]) < worth.applyAsLong(aside[one]);
            numbers[to] = isOther ? numbers[other++] : aside[one++];
        }
    }
}
