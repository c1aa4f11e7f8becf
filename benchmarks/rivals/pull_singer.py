"""The same pull with the Singer SDK: a tap of its RESTStream piped into a SQL target, SQLite."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measured import report
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.connectors import SQLConnector
from singer_sdk.pagination import JSONPathPaginator
from singer_sdk.sinks import SQLSink
from singer_sdk.target_base import SQLTarget

url, folder = sys.argv[1:3]
FILE = Path(folder, "singer.db")


class Responses(RESTStream):
    name = "responses"
    path = "/responses"
    url_base = f"{url}/v1"
    primary_keys = ("id",)
    replication_key = "updated_at"
    records_jsonpath = "$.data[*]"
    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True),
        th.Property("updated_at", th.DateTimeType),
        th.Property("question", th.StringType),
        th.Property("scale", th.StringType),
        th.Property("score", th.IntegerType),
        th.Property("comment", th.StringType),
        th.Property("language", th.StringType),
        th.Property("contact", th.StringType),
        th.Property("weight", th.StringType),
        th.Property("asked_at", th.DateTimeType),
        th.Property("answered_at", th.DateTimeType),
        th.Property("touchpoint", th.StringType),
        th.Property("interaction", th.StringType),
        th.Property("tags", th.StringType),
    ).to_dict()

    @property
    def authenticator(self):
        return BearerTokenAuthenticator(token="demo")

    def get_new_paginator(self):
        return JSONPathPaginator("$.next_cursor")

    def get_url_params(self, context, next_page_token):  # noqa: ARG002
        return {"cursor": next_page_token} if next_page_token else {}

    def post_process(self, row, context=None):  # noqa: ARG002
        texts = {name: json.dumps(row[name], default=str) for name in ("scale", "tags", "weight")}
        return {**row, **texts}


class SurveyTap(Tap):
    name = "tap-survey"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Responses(self)]


class Connector(SQLConnector):
    allow_merge_upsert = False
    allow_temp_tables = False

    def get_sqlalchemy_url(self, config):  # noqa: ARG002
        return f"sqlite:///{FILE}"


class Sink(SQLSink):
    connector_class = Connector
    max_size = 10_000


class SqliteTarget(SQLTarget):
    name = "target-sqlite"
    default_sink_class = Sink
    config_jsonschema = th.PropertiesList().to_dict()


def job() -> int:
    spool = Path(folder, "singer.jsonl")
    with spool.open("w") as out, redirect_stdout(out):
        SurveyTap(config={}, parse_env_config=False).sync_all()
    target = SqliteTarget(config={}, parse_env_config=False)
    with spool.open("rb") as lines, redirect_stdout(io.StringIO()):
        target.listen(io.TextIOWrapper(lines))
    with sqlite3.connect(FILE) as connection:
        return connection.execute("select count(*) from responses").fetchone()[0]


report(job)
