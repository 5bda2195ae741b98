"""Every endpoint asked whatever its own document allows, and what it does not."""

import subprocess
import sys

import pytest
from tests.site.served import Served

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance,response_headers_conformance"


@pytest.mark.slow
def test_no_question_breaks_the_server_or_its_document(site: Served) -> None:
    """By the examples of the document, by what lies at the edges of what it allows, and by
    chance."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{site.url}/openapi.json",
            "--checks",
            CHECKS,
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            "6",
            "--seed",
            "20170504",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_the_document_is_openapi_3_1_with_examples(site: Served) -> None:
    found = site.get("/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            assert one.get("summary"), (method, path)
            assert "callable" not in one.get("description", ""), (
                method,
                path,
            )  # a wrapper's own words
            asked = one.get("requestBody", {"example": "nothing is sent"})
            assert method != "post" or "example" in str(asked)
    named = [
        p for m in found["paths"].values() for one in m.values() for p in one.get("parameters", ())
    ]
    assert sum("example" in p for p in named) > len(named) / 3
