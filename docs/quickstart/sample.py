#!/usr/bin/env python3
"""Prints 20,000 made-up flights of the last 30 days, the newest some seconds ago.

Usage: sample.py [--format csv|ndjson] [--rows N]

Apart from their times the flights are the same in every run. Two of them break the source's contract, to show what
becomes of such rows.
"""

import argparse
import csv
import json
import random
import sys
from datetime import datetime, timedelta, timezone

COLUMNS = ["departed_at", "origin", "destination", "delay", "distance"]
AIRPORTS = {  # where they are, to make up distances
    "ATL": (33.6, -84.4), "BOS": (42.4, -71.0), "DEN": (39.9, -104.7), "DFW": (32.9, -97.0), "EWR": (40.7, -74.2),
    "IAH": (30.0, -95.3), "JFK": (40.6, -73.8), "LAS": (36.1, -115.2), "LAX": (33.9, -118.4), "MIA": (25.8, -80.3),
    "MSP": (44.9, -93.2), "ORD": (42.0, -87.9), "PHX": (33.4, -112.0), "SEA": (47.4, -122.3), "SFO": (37.6, -122.4),
}
DAYS = 30


def distance(one, other):
    """Miles, near enough."""
    (north1, west1), (north2, west2) = AIRPORTS[one], AIRPORTS[other]
    return max(1, round(((69 * (north1 - north2)) ** 2 + (54 * (west1 - west2)) ** 2) ** 0.5))


def flights(rows):
    chance = random.Random(20260105)
    newest = datetime.now(timezone.utc) - timedelta(seconds=5)
    busyness = {airport: chance.uniform(2, 30) for airport in AIRPORTS}
    ages = sorted((chance.random() * DAYS * 86_400 for _ in range(rows - 1)), reverse=True) + [0]
    for number, age in enumerate(ages):
        origin, destination = chance.sample(sorted(AIRPORTS), 2)
        delay = round(chance.expovariate(1 / busyness[origin])) - 5
        miles = distance(origin, destination)
        if number in (100, 200):
            miles = -miles
        departed_at = (newest - timedelta(seconds=age)).isoformat(timespec="milliseconds")
        yield [departed_at, origin, destination, delay, miles]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--format", choices=["csv", "ndjson"], default="csv")
    arguments.add_argument("--rows", type=int, default=20_000)
    chosen = arguments.parse_args()
    if chosen.format == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows(flights(chosen.rows))
    else:
        for flight in flights(chosen.rows):
            print(json.dumps(dict(zip(COLUMNS, flight))))


if __name__ == "__main__":
    main()
