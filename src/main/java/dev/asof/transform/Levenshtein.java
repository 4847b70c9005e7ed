package dev.asof.transform;

/** How many characters have to be inserted, deleted or replaced to make one text of another. */
final class Levenshtein {

    private Levenshtein() {}

    /** In code points; takes as many steps as the product of both lengths, and memory for one of them. */
    static long distance(String a, String b) {
        int[] columns = a.codePoints().toArray();
        int[] rows = b.codePoints().toArray();
        int[] distances = new int[columns.length + 1];
        for (int i = 0; i <= columns.length; i++) {
            distances[i] = i;
        }
        for (int row = 1; row <= rows.length; row++) {
            int diagonal = distances[0];
            distances[0] = row;
            for (int i = 1; i <= columns.length; i++) {
                int replaced = diagonal + (columns[i - 1] == rows[row - 1] ? 0 : 1);
                diagonal = distances[i];
                distances[i] = Math.min(replaced, Math.min(distances[i - 1], distances[i]) + 1);
            }
        }
        return distances[columns.length];
    }
}
