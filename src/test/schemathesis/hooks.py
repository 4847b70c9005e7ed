"""Bodies that schemathesis doesn't write by itself: texts go as they are."""

import json

import schemathesis


def _text(value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", errors="surrogatepass")


@schemathesis.serializer(
    "application/x-ndjson",
    "application/yaml",
    "text/csv",
    "application/vnd.apache.parquet",
    "application/vnd.apache.arrow.stream",
)
def as_text(ctx, value):
    return _text(value)
