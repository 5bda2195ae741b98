"""The description of a bundle for catalogues of research data: RO-Crate 1.1, JSON-LD."""

from collections.abc import Mapping
from typing import Any

from gatewatch.exports.cite.form import Manifest

NAME = "ro-crate-metadata.json"
_MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "html": "text/html",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "py": "text/x-python",
}


def described(
    manifest: Manifest, files: Mapping[str, bytes], licences: Mapping[str, str]
) -> dict[str, Any]:
    """The crate: what it is, what it holds, under which licences, by which program."""
    asked = manifest.question
    where = f" in {asked.jurisdiction}" if asked.jurisdiction else ""
    parts = [
        {
            "@id": name,
            "@type": "File",
            "name": name,
            "encodingFormat": _MEDIA.get(name.rpartition(".")[2], "application/octet-stream"),
            "contentSize": str(len(data)),
            "sha256": manifest.files[name].sha256,
        }
        for name, data in files.items()
        if name in manifest.files
    ]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": NAME,
                "@type": "CreativeWork",
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
                "about": {"@id": "./"},
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": f"{asked.kind} {asked.subject}{where}",
                "description": "An answer of a Gatewatch ledger with the records that it rests on, "
                f"true on {asked.valid_at}, as published by {asked.as_of}, "
                f"as recorded by {asked.recorded_by or 'its making'}.",
                "datePublished": asked.as_of,
                "license": [{"@id": f"#{name}"} for name in licences]
                or "see the sources named in sources.json",
                "temporalCoverage": asked.valid_at,
                "hasPart": [{"@id": one["@id"]} for one in parts],
                "creator": {"@id": "#program"},
            },
            {
                "@id": "#program",
                "@type": "SoftwareApplication",
                "name": "Gatewatch",
                "version": manifest.program,
            },
            *(
                {"@id": f"#{name}", "@type": "CreativeWork", "name": name, "description": text}
                for name, text in licences.items()
            ),
            *parts,
        ],
    }
