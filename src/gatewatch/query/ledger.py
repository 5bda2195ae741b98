"""The reading side of a ledger: every question a person or a program asks of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment, When
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.table import AnswerTable

if TYPE_CHECKING:
    from gatewatch.analysis.registers.lookup import How
    from gatewatch.cases.case import Case
    from gatewatch.cases.compare import Comparison
    from gatewatch.engines.spark import Cluster
    from gatewatch.model.episode import Episode, Worldwide
    from gatewatch.model.history import Listing, RegisterEvent, Version
    from gatewatch.model.report import Reported
    from gatewatch.query.check import Answer
    from gatewatch.query.reconciliation import Reconciled
    from gatewatch.query.registers import Freshness

Where = str | Jurisdiction | None


class Ledger(OpenedLedger):
    """A ledger opened for reading. `refresh` moves on to what was committed since.

    Every question takes the three times as text (ISO 8601), a day or an instant; what is left out
    means now. UsageError says what to write where one cannot be understood.
    """

    def __repr__(self) -> str:
        held = ", ".join(sorted(self.history_of.registers())) or "no register"
        return f"<gatewatch.Ledger {self.location!r}: {held}>"

    @overload
    def check(
        self,
        asked: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "Answer": ...

    @overload
    def check(
        self,
        asked: list[str] | tuple[str, ...],
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "AnswerTable[Answer]": ...

    def check(
        self,
        asked: str | list[str] | tuple[str, ...],
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "Answer | AnswerTable[Answer]":
        """Is it listed, and what do the other layers say? One answer for one selector (a domain, a
        mask, a URL, an address, a network, an app), a list for a list."""
        from gatewatch.query.check import check

        moment = Moment.parse(valid_at, as_of, recorded_by)
        given = [asked] if isinstance(asked, str) else list(asked)
        found = check(self, given, moment, Jurisdiction.parse_any(jurisdiction))
        return found[0] if isinstance(asked, str) else AnswerTable(found)

    def history(
        self,
        asked: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "list[tuple[How, Listing]]":
        """Every listing that ever met a selector, oldest first, with how it met it.

        With `valid_at`, those alone that stood then or may have.
        """
        from gatewatch.query.history import history

        return history(
            self,
            asked,
            Moment.parse(valid_at, as_of, recorded_by),
            Jurisdiction.parse_any(jurisdiction),
            standing=valid_at is not None,
        )

    def entry(
        self,
        register: str,
        entry_id: str,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> "list[Version]":
        """Every version of one entry, oldest first; empty if the register never held it.

        With `valid_at`, those alone that stood then or may have.
        """
        from gatewatch.query.history import entry

        moment = Moment.parse(valid_at, as_of, recorded_by)
        return entry(self, register, entry_id, moment, standing=valid_at is not None)

    def changes(
        self,
        register: str | None = None,
        *,
        since: When = None,
        until: When = None,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "list[RegisterEvent]":
        """What registers did in [since, until), by the time of the snapshots that show it. A day is
        a day of each register.

        With `valid_at`, those alone whose bracket says that it may have happened then.
        """
        from gatewatch.query.changes import changes

        return changes(
            self,
            register,
            Moment.parse(valid_at, as_of, recorded_by),
            Jurisdiction.parse_any(jurisdiction),
            since=since,
            until=until,
            standing=valid_at is not None,
        )

    def registers(
        self,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "list[Freshness]":
        """Registers held, with how fresh they are; with `valid_at`, as they were then."""
        from gatewatch.query.registers import registers

        moment = Moment.parse(valid_at, as_of, recorded_by)
        return registers(self, moment, Jurisdiction.parse_any(jurisdiction))

    def case(
        self,
        service: str,
        jurisdiction: str | Jurisdiction,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> "Case":
        """One service in one jurisdiction: its five lanes, steps, positions and sources."""
        return case(
            service,
            jurisdiction,
            valid_at=valid_at,
            as_of=as_of,
            recorded_by=recorded_by,
            ledger=self,
        )

    def cases(
        self,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "AnswerTable[Case]":
        """Every case of which any layer holds something, by service and jurisdiction."""
        from gatewatch.query.case import every
        from gatewatch.query.facts import facts_for

        moment = Moment.parse(valid_at, as_of, recorded_by)
        code = Jurisdiction.parse_any(jurisdiction)
        known = facts_for(self, moment).catalogue
        return AnswerTable(every(known, moment, self, [code.code] if code else ()))

    def episodes(
        self,
        target: str | None = None,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
        by_service: bool = False,
    ) -> "AnswerTable[Episode | Worldwide]":
        """Blocking over time, as far as measurements show: of a host, of a service by any of its
        names, or of all. `by_service`: the hosts of a service are one series. With `valid_at`,
        those alone that lasted then or may have. What began everywhere at once stands at the end,
        with the `scope` global: it is no restriction. Needs the extra `network` where the ledger
        holds measurements."""
        from gatewatch.query import targets
        from gatewatch.query.episodes import Record, lasting
        from gatewatch.query.facts import facts_for
        from gatewatch.query.moments import of_all

        given = Moment.parse(valid_at, as_of, recorded_by)
        code = Jurisdiction.parse_any(jurisdiction)
        known = facts_for(self, given).catalogue
        asked = targets.of(self, known, target, by_service=by_service)
        found = Record(self, of_all(self, given), asked, code.code if code else None).told
        return AnswerTable(found if valid_at is None else lasting(found, given))

    def reconcile(
        self,
        jurisdiction: str | Jurisdiction,
        target: str | None = None,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        by_service: bool = False,
    ) -> "AnswerTable[Reconciled]":
        """Whether the network agrees with the registers of a jurisdiction, target by target. Needs
        the extra `network`."""
        from gatewatch.query import targets
        from gatewatch.query.facts import facts_for
        from gatewatch.query.reconciliation import reconciled, report

        known = facts_for(self, Moment.parse(valid_at, as_of, recorded_by)).catalogue
        found = report(
            self,
            Jurisdiction.parse(jurisdiction).code,
            targets=targets.of(self, known, target, by_service=by_service),
            valid_at=valid_at,
            as_of=as_of,
            recorded_by=recorded_by,
        )
        return AnswerTable(reconciled(self, found))

    def compare(
        self,
        jurisdictions: Sequence[str | Jurisdiction],
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> "Comparison":
        """Services beside jurisdictions: who restricts what, since when, on which ground."""
        from gatewatch.cases.compare import compare
        from gatewatch.query.case import every
        from gatewatch.query.facts import facts_for

        moment = Moment.parse(valid_at, as_of, recorded_by)
        codes = [Jurisdiction.parse(one).code for one in jurisdictions]
        return compare(every(facts_for(self, moment).catalogue, moment, self, codes), codes)

    def reports(
        self,
        service: str | None = None,
        *,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
        jurisdiction: Where = None,
    ) -> "dict[tuple[str, str], Reported]":
        """What may be shown of users' reports, by service and jurisdiction: days with at least five
        distinct reporters, and surges. With `valid_at`, those alone that lie then."""
        from gatewatch.query.reports import reported

        moment = Moment.parse(valid_at, as_of, recorded_by)
        code = Jurisdiction.parse_any(jurisdiction)
        standing = valid_at is not None
        return reported(self, moment, service=service, jurisdiction=code, standing=standing)


def case(
    service: str,
    jurisdiction: str | Jurisdiction,
    *,
    valid_at: When = None,
    as_of: When = None,
    recorded_by: When = None,
    ledger: Ledger | None = None,
) -> "Case":
    """One service in one jurisdiction: its state, five lanes, steps, positions and sources.

    From the shipped catalogue and the user's own; with a ledger also from its registers,
    measurements and reports. `service` is an id or any of its names, `jurisdiction` two letters as
    RU. UsageError for a name, a code or a time that cannot be understood.
    """
    from gatewatch.query.case import case as fold
    from gatewatch.query.facts import facts_for

    moment = Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(ledger, moment).catalogue
    place = Jurisdiction.parse(jurisdiction)
    return fold(catalogue, catalogue.service(service), place, moment, ledger=ledger)


def open(  # noqa: A001 - gatewatch.open is the name people expect
    location: str, *, memory: int | None = None, cluster: "Cluster | None" = None
) -> Ledger:
    """Open a ledger for reading: a folder, or the prefix of an object store (s3://BUCKET/PREFIX).

    `memory`: bytes that its questions and what is concluded from them may each take; None: as the
    machine has. `cluster`: where counts and episodes are worked out, as `engines.spark.connect`
    gives one of an address or of a Spark session; None: here.

    LedgerError, if there is none or it cannot be read, says what to do.
    """
    return Ledger(location, memory=memory, cluster=cluster)
