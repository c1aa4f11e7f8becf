"""The same pull with dlt: its REST client, merged by id into SQLite."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import dlt
from _measured import report
from dlt.destinations import sqlalchemy
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

url, folder = sys.argv[1:3]
client = RESTClient(
    f"{url}/v1",
    auth=BearerTokenAuth("demo"),
    paginator=JSONResponseCursorPaginator(cursor_path="next_cursor", cursor_param="cursor"),
    data_selector="data",
)


@dlt.resource(name="responses", primary_key="id", write_disposition="merge", max_table_nesting=0)
def responses(updated_at=dlt.sources.incremental("updated_at")):  # noqa: ARG001, B008
    yield from client.paginate("responses")


def job() -> int:
    file = Path(folder, "dlt.db")
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=folder,
        destination=sqlalchemy(f"sqlite:///{file}"),
        dataset_name="survey",
    )
    pipeline.run(responses())
    found = sorted(Path(folder).glob("dlt*.db"), key=lambda path: path.stat().st_size)[-1]
    with sqlite3.connect(found) as connection:
        return connection.execute("select count(*) from responses").fetchone()[0]


report(job)
