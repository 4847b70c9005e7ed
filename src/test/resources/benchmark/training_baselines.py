"""Point-in-time joins by the tools that data scientists use today, from a spine in Parquet to a training set in Parquet.

Arguments: tool (duckdb, pandas, feast, or compare for result files in place of histories), spine, result, histories (glob patterns, one a view, comma-separated), and for
feast its repository and Postgres's address. Prints seconds and the process's greatest memory in MiB.
"""
import json
import pathlib
import resource
import sys
import time

tool, spine, result, histories = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split(",")
FEATURES = [f"f{i}" for i in range(10)]


def duckdb_join():
    import duckdb

    joins = "".join(
        f" asof left join read_parquet('{history}') h{i}"
        f" on h{i}.account_id = s.account_id and h{i}.at <= s.as_of"
        for i, history in enumerate(histories)
    )
    columns = "".join(f", h{i}.{feature} as v{i}__{feature}" for i in range(len(histories)) for feature in FEATURES)
    connection = duckdb.connect()
    begin = time.perf_counter()
    connection.execute(
        f"copy (select s.*{columns} from read_parquet('{spine}') s{joins}) to '{result}' (format parquet)"
    )
    return time.perf_counter() - begin


def pandas_join():
    import glob

    import pandas

    begin = time.perf_counter()
    rows = pandas.read_parquet(spine)
    rows["ordinal"] = range(len(rows))
    rows = rows.sort_values("as_of")
    for i, history in enumerate(histories):
        values = pandas.concat([pandas.read_parquet(part) for part in sorted(glob.glob(history))])
        values = values.sort_values("at", kind="stable").rename(columns={f: f"v{i}__{f}" for f in FEATURES})
        rows = pandas.merge_asof(rows, values, left_on="as_of", right_on="at", by="account_id").drop(columns="at")
    rows.sort_values("ordinal").drop(columns="ordinal").to_parquet(result, index=False)
    return time.perf_counter() - begin


def feast_join():
    import pandas
    from feast import FeatureStore

    store = FeatureStore(repo_path=sys.argv[5])
    begin = time.perf_counter()
    rows = pandas.read_parquet(spine).rename(columns={"as_of": "event_timestamp"})
    names = [f"history_{i}:{feature}" for i in range(len(histories)) for feature in FEATURES]
    store.get_historical_features(
        entity_df=rows, features=names, full_feature_names=True
    ).to_df().to_parquet(result, index=False)
    return time.perf_counter() - begin


def feast_repository():
    """Histories copied into tables of Feast's own, with the index it needs, and registered."""
    import datetime
    from urllib.parse import urlparse

    import psycopg
    from feast import Entity, FeatureStore, FeatureView, Field, ValueType
    from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource
    from feast.types import Float64

    directory, address = pathlib.Path(sys.argv[5]).resolve(), sys.argv[6]
    parts = urlparse(address)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "feature_store.yaml").write_text(f"""\
project: benchmark
registry: {directory}/registry.db
provider: local
offline_store:
  type: postgres
  host: {parts.hostname}
  port: {parts.port}
  database: {parts.path[1:]}
  db_schema: feast
  user: {parts.username}
  password: "{parts.password}"
  sslmode: disable
online_store: null
entity_key_serialization_version: 3
telemetry: false
""")
    views = []
    account = Entity(name="account", join_keys=["account_id"], value_type=ValueType.INT64)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create schema if not exists feast")
        for i, history in enumerate(histories):
            connection.execute(
                f"create table if not exists feast.history_{i} as select account_id, event_timestamp, "
                f"{', '.join(FEATURES)} from features.{history}"
            )
            connection.execute(
                f"create index if not exists history_{i}_by_account on feast.history_{i} (account_id, event_timestamp)"
            )
            connection.execute(f"analyze feast.history_{i}")
            views.append(
                FeatureView(
                    name=f"history_{i}",
                    entities=[account],
                    schema=[Field(name=feature, dtype=Float64) for feature in FEATURES],
                    source=PostgreSQLSource(
                        name=f"history_{i}", table=f"feast.history_{i}", timestamp_field="event_timestamp"
                    ),
                    ttl=datetime.timedelta(0),
                    online=False,
                )
            )
    FeatureStore(repo_path=str(directory)).apply([account, *views])
    return 0.0


def compare():
    """Fails unless all result files hold the same rows, with some values in them."""
    import duckdb

    found = {
        duckdb.sql(
            f"select count(*), bit_xor(hash(*columns(*))) from read_parquet('{file}')"
        ).fetchall()[0]
        for file in histories
    }
    values = duckdb.sql(f"select count(columns('.*__f0')) from read_parquet('{histories[0]}')").fetchall()[0]
    if len(found) != 1 or not all(values):
        sys.exit(f"{found} {values}")
    return 0.0


seconds = {"compare": compare, "duckdb": duckdb_join, "pandas": pandas_join, "feast": feast_join, "feast-tables": feast_repository}[tool]()
print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
