"""Mirrors of registers, which of them are large, and the declaration that reads each."""

LARGE = {"ru-rkn": 5006, "ru-zi": 753, "ua-ncu": 364, "cz-mfcr": 33, "fr-anj": 30}
"""With their snapshots."""
SMALL = {
    "gr-eeep": "gr-eeep",
    "de-cuii": "de-cuii",
    "in-court": "in-court",
    "it-hosts": "it-adm",
    "it-consob": "it-consob",
    "cz-mfcr-new": "cz-mfcr",
    "cz-mfcr-pdf": "cz-mfcr-pdf",
    "ua-sanctions": "ua-sanctions",
    "ee-emta": "ee-emta",
    "tr-usom-ip": "tr-usom",
    "br-anatel": "br-anatel",
    "ru-prosecutor": "ru-prosecutor",
    "au-acma": "au-acma",
}
"""With the registers that they are of."""
