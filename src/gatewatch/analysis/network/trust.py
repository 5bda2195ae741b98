"""Issuers that every current system trusts, and those of interceptors, by the names in their
certificates."""

from functools import lru_cache

from gatewatch.catalogue import nettests


@lru_cache(maxsize=4096)
def is_trusted_by_all(issuer: str | None) -> bool:
    """Whether a certificate names a publicly trusted issuer.

    A probe that does not know it has an old store: in September 2021 and again in 2024 Let's
    Encrypt's chains became unknown to old phones within a day, on every network. The name proves
    nothing, so this only takes the word from a failure and never makes proof.
    """
    told = (issuer or "").casefold()
    return any(name in told for name in nettests.issuers())


@lru_cache(maxsize=4096)
def interceptor(issuer: str | None) -> str:
    """What is known to write such an issuer: `program` on the reader's machine, `appliance` on an
    office's or a provider's line, `state` at a country's gates, or empty."""
    told = (issuer or "").casefold()
    makes = zip(("program", "appliance", "state"), nettests.interceptors(), strict=True)
    return next((kind for kind, names in makes if any(name in told for name in names)), "")


@lru_cache(maxsize=4096)
def is_of_delivery(names: tuple[str, ...]) -> bool:
    """Whether a certificate's names are those in which a content network speaks for itself: what it
    shows of a site that it has not, or no longer, or not at that place."""
    return any(name.removeprefix("*.") in nettests.delivery_names() for name in names)
