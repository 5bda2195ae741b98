"""Whether a statement is one of something that happened: or a hedge, a plan, a denial, old news."""

import re
from collections.abc import Callable

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action

_ADVERB = 4
"""How far before a clause an adverb with a comma may stand."""
_LONG_AFTER = 60
"""Letters before an action within which "years after" may stand."""
_BEGAN = re.compile(r"\b(?:began|begun|started|effect|force|ended|expired|lapsed|ceased|lifted)$")
"""What a noun ends with that tells of an event: "the blocking of A began"."""
_ONGOING = 40
"""Letters before a gerund within which it is said that it goes on."""
_QUESTION = re.compile(r"[?？]\W*$")
_SEMICOLON = re.compile(r"[;；]")
_OF_DUTY = frozenset(
    {Action.COMPLIED, Action.REGISTERED, Action.DELISTED, Action.RESTORED, Action.REVOKED}
)
ACCESS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.PARTIALLY_BLOCKED})
_DONE = frozenset({*ACCESS, Action.LISTED, Action.RESTORED, Action.DELISTED})
_BEGUN = ACCESS | {Action.LISTED, Action.ORDERED}
_RUSSIAN_INFINITIVE = re.compile(r"(?:ть|ти|чь)(?:ся)?$")
_RUSSIAN_PAST = re.compile(r"[а-я]+(?:л|ла|ло|ли)(?:с[ья])?", re.IGNORECASE)
_RUSSIAN_WISH = re.compile(r"\b(?:чтобы|бы|если|хочет|хотят|хотел\w*|может|могут)\b", re.IGNORECASE)
"""Before a past form that tells of what has not happened."""
_RUSSIAN_FUTURE = re.compile(
    r"(?:(?:за|раз)блокиру|замедл|оштрафу|зарегистриру|потребу|приостанов|запрет|огранич|исключ"
    r"|отключ|восстанов|откро|закро|внес|сним|верн|введ|убер|удал|обяж|прекрат|отмен|вынес|подад"
    r"|постанов|попад|включ|добав|помест|выключ|подключ|подпиш|утверд|перекро)(?:ет|ут|ют|ит|ят|ат|им|ем|ете)(?:ся)?$"
)
"""Perfective verbs without a past ending speak of what will be."""
_ASKS = frozenset({Action.ORDERED, Action.DEMANDED, Action.WARNED, Action.REVOKED})
SPEECH = frozenset(
    {Action.WARNED, Action.DEMANDED, Action.ANNOUNCED, Action.DENIED, Action.NOTIFIED}
)


def mark(
    action: Action,
    sentence: str,
    clause: tuple[int, int],
    at: tuple[int, int],
    *,
    words: Vocabulary,
    dated: Callable[[], bool],
) -> str | None:
    """ "" for what is told as done; negated, denied, hedged, planned or past for what is not; None
    where the words are no statement at all, as in "for failing to register". `dated`: whether a
    noun is told with its day, and so is an event."""
    # with the first letter of the action, by which some reasons end
    before = words.grounds.sub(" ", sentence[clause[0] : at[0] + 1])[:-1]
    after = sentence[at[1] : clause[1]]
    of_office = action in ACCESS and words.devices.search(sentence, *clause)  # "work phones"
    if of_office or _is_no_statement(action, before, after, words):
        return None
    if how := _refused(action, sentence, before, at, words=words):
        return how
    verb = sentence[at[0] : at[1]]
    if action not in SPEECH and (
        words.modal.search(verb)  # "the ban might be lifted"
        or words.planned_after.match(after)
        or _planned(before, verb, words)
    ):
        return "planned"
    if words.gerund.fullmatch(verb) and not (_goes_on(verb, sentence[: at[0]], words) or dated()):
        return None
    beside = "" if action in SPEECH else sentence[at[1] : at[1] + 12]
    if words.hedged.search(before) or words.hedged.search(beside):
        return "hedged"
    if _QUESTION.search(sentence) or (action not in SPEECH and _on_condition(sentence, at, words)):
        return "hedged"
    if action in ACCESS and words.outage.search(sentence, *clause):
        return "outage"
    if action in _BEGUN and words.long_after.search(sentence[: at[0]][-_LONG_AFTER:]):
        return "past"
    near = sentence[max(0, clause[0] - _ADVERB) : clause[1]]
    return "past" if action not in SPEECH and words.past.search(near) else ""


def _goes_on(verb: str, before: str, words: Vocabulary) -> bool:
    """Whether a gerund is an event: it began, or is said to go on."""
    return bool(_BEGAN.search(verb) or words.ongoing.search(before[-_ONGOING:]))


def _on_condition(sentence: str, at: tuple[int, int], words: Vocabulary) -> bool:
    return bool(words.conditional.search(_since(_SEMICOLON, sentence[: at[0]])))


def _since(border: re.Pattern[str], text: str) -> str:
    """A text after the last of its borders."""
    return border.split(text)[-1]


def _is_no_statement(action: Action, before: str, after: str, words: Vocabulary) -> bool:
    """Whether an action is only part of something else: what a thing is like, the end of a
    restriction, what papers are for, what protesters want, what was not done."""
    return bool(
        words.attributive.match(after)
        or (action in _DONE and words.opposite.match(after))
        or (action in {*_OF_DUTY, Action.LISTED} and words.purpose.search(before))
        or (action == Action.DEMANDED and words.protesters.search(before))
        or (action in _OF_DUTY and words.failed.search(before))
    )


def _refused(
    action: Action, sentence: str, before: str, at: tuple[int, int], words: Vocabulary
) -> str:
    """Negated or denied, or nothing."""
    if words.negated_after.match(sentence[at[1] :][:60]) or words.failed.search(before):
        return "negated"
    if action == Action.DENIED:
        return ""
    if words.denied.search(sentence[: at[0]][-90:]):
        return "denied"
    inside = words.inside.search(sentence[at[0] : at[1]])
    return "negated" if inside or words.negated.search(before) else ""


def _planned(before: str, verb: str, words: Vocabulary) -> bool:
    if words.language == "ru":
        first = verb.split(maxsplit=1)[0].strip(",.;") if verb.split() else ""
        if _RUSSIAN_FUTURE.search(first.lower()):
            return True
        if words.finite.search(before) or words.finite.search(verb):
            return False  # "отключать Telegram начали"
        if _RUSSIAN_PAST.fullmatch(first) and not _RUSSIAN_WISH.search(before):
            return False  # "по требованию прокуратуры заблокировал"
        return bool(_RUSSIAN_INFINITIVE.search(first)) or bool(words.planned.search(before))
    if words.finite.search(before):
        return False
    return bool(words.infinitive.search(before)) or bool(words.planned.search(before))


def ordered_only(
    action: Action,
    at: tuple[int, int],
    clause: tuple[int, int],
    acts: list[tuple[Action, int, int]],
    *,
    carried_out: bool,
) -> bool:
    """Whether an action is what an order, a demand or a threat before it in the clause is about.
    `carried_out`: its words say that it was begun."""
    return (
        action in {*ACCESS, Action.RESTORED}
        and not carried_out
        and any(
            other in _ASKS and clause[0] <= start and end <= at[0] for other, start, end in acts
        )
    )
