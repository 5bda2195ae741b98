"""What people write of what they follow, typed at the door: names become ids, hosts and addresses
their canonical form. The command, the file, the API and the form all ask here."""

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import MistakeError
from gatewatch.model import selector as selectors
from gatewatch.model.event import KINDS
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.selector import Kind
from gatewatch.model.subscription import Wish

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_HIGHEST_ASN = (1 << 32) - 1


class WishText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As people write it, each a list. `things` may hold any of the first four: what it is, is
    told by its form."""

    things: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    networks: tuple[str | int, ...] = ()
    registers: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


def wished(given: WishText, catalogue: Catalogue, registers: Collection[str]) -> Wish:
    """UsageError says which name is not understood, and what to write. `registers`: ids of those
    that may be followed."""
    if given.things and not any(one.strip() for one in given.things):
        raise MistakeError("nothing is named: a blank is no service, domain, address or network")
    services, domains, addresses, networks = _things(given.things, catalogue)
    services += [catalogue.service(one).id for one in given.services]
    domains += [_domain(one) for one in given.domains]
    addresses += [one for text in given.addresses for one in _addresses(text)]
    networks += [_network(one) for one in given.networks]
    return Wish(
        services=_unique(services),
        domains=_unique(domains),
        addresses=_unique(addresses),
        networks=tuple(dict.fromkeys(networks)),
        registers=_unique(_register(one, registers) for one in given.registers),
        jurisdictions=_unique(Jurisdiction.parse(one).code for one in given.jurisdictions),
        authorities=_unique(_authority(one, catalogue) for one in given.authorities),
        laws=_unique(catalogue.instrument(one).id for one in given.laws),
        kinds=_unique(_kind(one) for one in given.kinds),
    )


def _things(
    given: Sequence[str], catalogue: Catalogue
) -> tuple[list[str], list[str], list[str], list[int]]:
    services: list[str] = []
    domains: list[str] = []
    addresses: list[str] = []
    networks: list[int] = []
    for one in (text.strip() for text in given):
        if not one:
            continue
        if one.casefold() in catalogue.by_name:
            services.append(catalogue.by_name[one.casefold()])
        elif one[:2].upper() == "AS" and one[2:].isdigit():
            networks.append(_network(one))
        elif first_and_last := _range(one):
            addresses += _prefixes(*first_and_last)
        elif "." not in one and ":" not in one:
            catalogue.service(one)  # says which names are near
        else:
            kind = selectors.parse(one).kind
            inside = addresses if kind in {Kind.IP, Kind.CIDR} else domains
            inside.append((_address if inside is addresses else _domain)(one))
    return services, domains, addresses, networks


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _domain(text: str) -> str:
    """The host of whatever somebody names it by."""
    one = selectors.parse(text)
    host = one.host or one.value.removeprefix("*.")
    if one.kind not in {Kind.DOMAIN, Kind.MASK, Kind.URL} or selectors.parse(host).kind == Kind.IP:
        raise MistakeError("'{text}' is no domain: write example.com", text=text)
    return host


def _addresses(text: str) -> list[str]:
    first_and_last = _range(text)
    return _prefixes(*first_and_last) if first_and_last else [_address(text)]


def _range(text: str) -> tuple[Address, Address] | None:
    """Both ends of `192.0.2.0-192.0.2.255`, as registries and firewalls write what one has."""
    first, dash, last = text.partition("-")
    if not dash:
        return None
    with suppress(ValueError):
        return ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
    return None


def _prefixes(first: Address, last: Address) -> list[str]:
    try:
        return [str(one) for one in ipaddress.summarize_address_range(first, last)]
    except (TypeError, ValueError):
        raise MistakeError(
            "'{first}-{last}' is no range: write the lower address first",
            first=str(first),
            last=str(last),
        ) from None


def _address(text: str) -> str:
    one = selectors.parse(text)
    if one.kind not in {Kind.IP, Kind.CIDR}:
        raise MistakeError("'{text}' is no address: write 192.0.2.1 or 192.0.2.0/24", text=text)
    return one.value


def _network(text: str | int) -> int:
    said = str(text).upper().removeprefix("AS")
    if not said.isdigit() or not 0 < int(said) <= _HIGHEST_ASN:
        raise MistakeError(
            "'{text}' is no network: write the number of its system, as AS12389", text=str(text)
        )
    return int(said)


def _register(name: str, known: Collection[str]) -> str:
    if name not in known:
        raise MistakeError(
            "no register is called '{name}'; there are {known}", name=name, known=", ".join(known)
        )
    return name


def _kind(name: str) -> str:
    if name not in KINDS:
        raise MistakeError(
            "no kind of event is called '{name}'; there are {known}",
            name=name,
            known=", ".join(KINDS),
        )
    return name


def _authority(name: str, catalogue: Catalogue) -> str:
    found = catalogue.authorities_in(name)
    if not found:
        known = ", ".join(sorted(catalogue.authorities))
        raise MistakeError(
            "no authority is called '{name}'; there are {known}", name=name, known=known
        )
    return found[0].id
