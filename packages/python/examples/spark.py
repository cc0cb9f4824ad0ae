"""Verifies the quotes in many responses with Spark: `mapInPandas` over the wheel.

    python packages/python/examples/spark.py [COUNT]

A table has a row for each request: the payload id, from your own records, and the response
that came. The result has a row for each of them, in no order: the verdict, and the check and
the problem if it was not accepted. Here Spark runs in local mode, and the table is made of one
genuine response, every tenth with the payload id of another request.
"""

from __future__ import annotations

import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import pandas
from pyspark.sql import SparkSession

import tpm_quote

PAYLOAD_ID = "22c4a258-d445-5bdd-885d-40980abcee2d"
RESPONSE = "tests/data/blocks/rsa-main-aik-tpm2b.json"
VERDICTS = "payload_id string, verdict string, problem string, key string"


def verify(batches: Iterator[pandas.DataFrame]) -> Iterator[pandas.DataFrame]:
    """Runs in each of Spark's workers, one of which has a core for itself."""
    for batch in batches:
        pairs = zip(batch["payload_id"], batch["response"])
        reports = tpm_quote.verify_many(pairs, threads=1)
        yield pandas.DataFrame([row(report) for report in reports], columns=["payload_id", "verdict", "problem", "key"])


def row(report: tpm_quote.Report) -> tuple[Any, ...]:
    # The Name is there only where the key was judged good; who vouches for it is another matter.
    key = report.report()["key"]
    return report.payload_id, report.verdict, report.problem, key and key["name"]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    text = pathlib.Path(RESPONSE).read_text()
    spark = SparkSession.builder.master("local[*]").appName("tpm-quote").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    payload_id = f"if(id % 10 = 0, concat('another-', id), '{PAYLOAD_ID}') AS payload_id"
    requests = spark.range(count).selectExpr(payload_id)
    requests = requests.crossJoin(spark.createDataFrame([(text,)], "response string"))

    start = time.monotonic()
    verdicts = requests.mapInPandas(verify, VERDICTS).groupBy("verdict", "problem").count()
    found = {(line["verdict"], line["problem"]): line["count"] for line in verdicts.collect()}
    seconds = time.monotonic() - start
    spark.stop()

    others = (count + 9) // 10
    expected = {("verified-self-asserted", None): count - others, ("rejected", "nonce"): others}
    assert found == {what: number for what, number in expected.items() if number}, found
    print(f"{count} responses in {seconds:.1f} s, {count / seconds:.0f} a second: {found}")


if __name__ == "__main__":
    main()
