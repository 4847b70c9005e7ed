package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;

import dev.asof.transform.Evaluator.OfDouble;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The distance of two places on the globe, taken as a sphere, by the haversine formula, which stays exact for places close to each
 * other: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984), page 159. {@link StrictMath} gives the
 * same bits on every machine.
 */
final class PlaceOperations {

    /** The mean radius of the Earth, R1 of the International Union of Geodesy and Geophysics (Moritz, 1980). */
    private static final double EARTH_RADIUS_METRES = 6_371_008.771_4;

    private static final double MAX_LATITUDE = 90;

    /** So that both habits fit, from -180 to 180 and from 0 to 360. */
    private static final double MAX_LONGITUDE = 360;

    private static final int ARGUMENTS = 4;

    private PlaceOperations() {}

    /** Each of the four numbers may be an int or a float. */
    static Stream<Operation> all() {
        return IntStream.range(0, 1 << ARGUMENTS)
                .mapToObj(kinds -> of(
                        "geo_distance",
                        DOUBLE,
                        PlaceOperations::geoDistance,
                        IntStream.range(0, ARGUMENTS)
                                .<Type<?>>mapToObj(i -> (kinds >> i & 1) == 0 ? DOUBLE : INT)
                                .toArray(Type<?>[]::new)));
    }

    private static Node geoDistance(List<Node> arguments) {
        OfDouble[] degrees = arguments.stream().map(Node::doubles).toArray(OfDouble[]::new);
        return Node.ofDouble(frame -> {
            double latitude = degrees[0].evaluate(frame);
            double longitude = frame.isNull ? 0 : degrees[1].evaluate(frame);
            double otherLatitude = frame.isNull ? 0 : degrees[2].evaluate(frame);
            double otherLongitude = frame.isNull ? 0 : degrees[3].evaluate(frame);
            return frame.isNull ? 0 : metres(latitude, longitude, otherLatitude, otherLongitude);
        });
    }

    private static double metres(double latitude, double longitude, double otherLatitude, double otherLongitude)
            throws EvaluationException {
        double phi = radians(latitude, MAX_LATITUDE, "latitude");
        double otherPhi = radians(otherLatitude, MAX_LATITUDE, "latitude");
        double lambda = radians(longitude, MAX_LONGITUDE, "longitude");
        double otherLambda = radians(otherLongitude, MAX_LONGITUDE, "longitude");
        double haversine = squaredSine((otherPhi - phi) / 2)
                + StrictMath.cos(phi) * StrictMath.cos(otherPhi) * squaredSine((otherLambda - lambda) / 2);
        return 2 * EARTH_RADIUS_METRES * StrictMath.asin(Math.sqrt(Math.min(1, haversine)));
    }

    private static double squaredSine(double angle) {
        double sine = StrictMath.sin(angle);
        return sine * sine;
    }

    private static double radians(double degrees, double most, String name) throws EvaluationException {
        if (!(Math.abs(degrees) <= most)) {
            throw new EvaluationException("'geo_distance' takes a %s from -%s to %s degrees, not %s"
                    .formatted(name, (int) most, (int) most, degrees));
        }
        return Math.toRadians(degrees);
    }
}
