"""Lays the benchmark's rows out as Feast does, through Feast itself: the repository, then rows in its online store.

Arguments: directory, Redis's connection string for Feast, entities, features.
"""
import datetime
import math
import pathlib
import sys

import pandas
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float64

ROWS_AT_ONCE = 10_000

directory, redis, entities, features = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
directory.mkdir(parents=True, exist_ok=True)
(directory / "feature_store.yaml").write_text(f"""\
project: benchmark
registry: {directory}/registry.db
provider: local
online_store:
  type: redis
  connection_string: "{redis}"
  skip_dedup: true
offline_store:
  type: dask
entity_key_serialization_version: 3
telemetry: false
""")
store = FeatureStore(repo_path=str(directory))
account = Entity(name="account", join_keys=["account_id"], value_type=ValueType.STRING)
view = FeatureView(
    name=f"activity_{features}",
    entities=[account],
    schema=[Field(name=f"f{i}", dtype=Float64) for i in range(features)],
    source=FileSource(path=str(directory / "none.parquet"), timestamp_field="at"),
    ttl=datetime.timedelta(0),
)
now = datetime.datetime.now(datetime.timezone.utc)


def rows(first, last):
    frame = {"account_id": [f"a{i:012d}" for i in range(first, last)]}
    for feature in range(features):
        frame[f"f{feature}"] = [math.sin(i * 64.0 + feature) * 1000 for i in range(first, last)]
    frame["at"] = now
    return pandas.DataFrame(frame)


rows(0, 1).to_parquet(directory / "none.parquet")
store.apply([account, view])
for first in range(0, entities, ROWS_AT_ONCE):
    store.write_to_online_store(view.name, rows(first, min(entities, first + ROWS_AT_ONCE)))
