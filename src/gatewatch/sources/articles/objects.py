"""What an action is done to: a service, or something else of which nothing is to be proposed."""

import re

from gatewatch.model.states import Action
from gatewatch.sources.articles.marks import ACCESS
from gatewatch.sources.articles.scene import Scene, within

_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_PASSED_ON = frozenset({Action.ORDERED, Action.NOTIFIED})
_BREAK = re.compile(
    r"\s*[,;，；]\s*(?=(?:two|some|several|users|according)\b)|[;；]", re.IGNORECASE
)
"""After an action another statement begins."""
_CLOSE = 14
_DOES = re.compile(
    r"(?:за)?(?:закрыл|блокировал|отключил|ограничил|приостановил)а?|关闭了?|封禁了?|停用了?"
)
_ITS_OWN = re.compile(
    r"\W+(?:сво\w+\W+|нов\w+\W+)?(?:офис|филиал|представительств|аккаунт|канал|функци|регистраци|продаж|счет|чат|рубрик|раздел)\w*"
    r"|[^，。；]{0,8}?(?:办事处|办公室|分公司|账号|帐号|频道|功能|业务部门)"
)
"""What services close and block themselves."""
_KIND = 30
_TO_BLOCK = re.compile(
    r"\bto (?:block|filter|restrict|remove|cut|unblock)\b(?! (?:access to )?(?:its|their|the (?:app|service|chatbot|platform))\b)"
    r"|\b(?:заблокировать|закрыть|удалить|ограничить|разблокировать)\b"
)
_OBJECT = re.compile(
    r"\W+(?:(?:access\W+)?to\W+)?(?:the\W+)?(?:website|site|portal|platform|app|network|messenger)\W+"
    r"(?:of\W+)?([A-Z][\w.]+)|\W+(?:the\W+)?([a-z0-9-]+\.(?:org|com|net|info)\b)|\W+access\W+to\W+([A-Z][\w.]+)"
    r"|\W+(?:доступ\w*\W+)?к\W+(?:портал|сайт|ресурс|платформ|сервис|соцсет|мессенджер)\w*\W+"
    r"([A-Z][\w.]+|«[^»]+»)"
)
"""An object that is named after an action."""
_SOME = re.compile(
    r"\W+(?:all\W+)?(?:[\w-]+\W+){0,2}?(?:children|minors|under-?\d+s|teenagers|teens|pupils|students|employees"
    r"|staff|officials|soldiers|(?:civil|public) servants|lawmakers)\b"
    r"|\W+(?:\w+\W+){0,3}?(?:детям|детей|подростк\w+|школьник\w+|несовершеннолетн\w+|чиновник\w+|военнослужащ\w+|госслужащ\w+)\b"
    r"|(?:了|对)?[^，。；]{0,4}(?:未成年人|儿童|青少年|学生|公务员|官员|军人)",
    re.IGNORECASE,
)
"""It is done to some people alone."""
_PASSIVE = re.compile(r"\b(?:be|been|being|was|were|is|are)\b", re.IGNORECASE)
_INTRANSITIVE = re.compile(
    r"(?:went|goes|gone|stopped|stops|ceased|inaccessible|unreachable|unavailable|no longer)\b",
    re.IGNORECASE,
)
"""What a service does by itself, and to nothing."""
_AUXILIARIES = re.compile(
    r"\W+(?:and\W+[A-Z]\w+\W+)?(?:(?:was|were|is|are|has|have|had|been|being|be|\w+ly|also|then)\W+)*"
)
_A_PLAN = re.compile(
    r"\b(?:plans?|proposals?|bills?|ideas?|threats?|drafts?)\b|\b(?:план|законопроект|намерени|предложени)"
    r"|计划|草案|提案",
    re.IGNORECASE,
)
"""What is given up before it was done lifts nothing."""
_FOREIGN = re.compile(r"[^\w,;.:，；。：]{0,2}(?:[а-яё]+\W+)?«?([A-Z][A-Za-z][\w.-]+)")
"""A Latin name after an action in another script."""
_NEAR_OBJECT = 90
"""Letters after an action within which a service that it is done to is named."""
_AT_ONCE = re.compile(r"[^,;:，；：。]{0,14}")
"""Between who acts and the action."""
_IS_DOING = re.compile(r"\b(?:is|are|was|were|been)\W+(?:\w+ly\W+)?$", re.IGNORECASE)
"""Before a gerund that is a verb: "said it was blocking"."""


def _by_body(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether an authority does something, and no service that is named between."""
    bodies = [one.end for one in scene.where if one.body and one.end <= at[0]]
    if not bodies or within(scene.named, (bodies[-1], at[0])):
        return False
    return bool(_AT_ONCE.fullmatch(scene.sentence, bodies[-1], at[0]))


def says_nothing(
    scene: Scene, action: Action, at: tuple[int, int], many: tuple[str, ...] | None
) -> bool:
    """Whether the words are about something else: what a law requires, what is denied without a
    restriction, other things than services. `many`: the services of "social media", where that is
    what it is done to."""
    if _is_of_words(scene, action, at):
        return True
    words, sentence = scene.words, scene.sentence
    before = sentence[scene.clause(at[0])[0] : at[0]]
    if action == Action.COMPLIED and (words.operators.search(before) or _by_body(scene, at)):
        return True
    if action not in {*ACCESS, Action.RESTORED, Action.LISTED}:
        return False
    if words.others_before.search(before) and not within(scene.named, (at[0], at[1] + 40)):
        return True
    register = words.register.search(sentence, *at) if action == Action.LISTED else None
    kind = register and words.prohibited.search(sentence, at[1], at[1] + _KIND)
    if register and (kind or within(scene.named, scene.clause(at[0]))):
        return False  # "the register of prohibited sites" is about the service beside it
    if many is not None:
        return not many
    if _is_unknown(scene, at) or _is_of_unknown(scene, at):
        return True
    if _is_passive(scene, at):
        return False
    if words.several.search(sentence, at[1], at[1] + _KIND):
        return False  # "the four platforms" are those that were named
    others = words.others.search(_BREAK.split(sentence[at[1] : at[1] + 60], maxsplit=1)[0])
    end = min(at[1] + _NEAR_OBJECT, scene.clause(at[0])[1])
    return bool(others) and not within(scene.named, (at[0], end))


def _is_of_words(scene: Scene, action: Action, at: tuple[int, int]) -> bool:
    """Whether an action is one upon plans, some people, orders to lift, laws or rumours, and on no
    service."""
    words, sentence = scene.words, scene.sentence
    if action in _LIFTS and _A_PLAN.search(sentence, *at):
        return True
    if action in ACCESS and (_SOME.match(sentence, at[1]) or _acts_itself(scene, at)):
        return True
    if action == Action.ORDERED and _is_told_to_block(scene, at):
        return True
    if action in _PASSED_ON and words.unblocks.match(sentence[at[1] :]):
        return True
    if action == Action.DEMANDED and words.law.search(sentence[max(0, at[0] - 40) : at[0]]):
        return True
    denies = action == Action.DENIED and words.denied.search(sentence[at[0] : at[1]])
    return bool(denies) and not scene.has(ACCESS | {Action.RESTORED})


def _acts_itself(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether a service does it to something else: "Telegram закрыл офис"."""
    if not any(0 < at[0] - one.end <= _CLOSE for one in scene.named):
        return False
    if not _DOES.fullmatch(scene.sentence, *at) or not _ITS_OWN.match(scene.sentence, at[1]):
        return False
    return not any(one.body and one.start >= at[1] for one in scene.where)


def _is_told_to_block(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether the services that an order names are those that are to carry it out: "ordered A and B
    to block the sites"."""
    own = [one for one in scene.named if at[1] <= one.start <= at[1] + _NEAR_OBJECT]
    met = _TO_BLOCK.search(scene.sentence, at[1])
    if not own or met is None or own[0].start - at[1] > _KIND // 2:
        return False
    told = within(scene.named, (at[1], met.start()))
    return bool(told) and not within(scene.named, (met.end(), met.end() + _NEAR_OBJECT))


def _is_passive(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether an action is done to the services right before it: "A and B were cut off"."""
    if scene.words.language != "en":
        return False
    begin = scene.clause(at[0])[0]
    before = [one.end for one in scene.named if one.end <= at[0]]
    before += [met.end() for met in scene.words.pronouns.finditer(scene.sentence, begin, at[0])]
    if not before or not _AUXILIARIES.fullmatch(scene.sentence, max(before), at[0]):
        return False
    alone = _INTRANSITIVE.match(scene.sentence, at[0])
    return bool(alone or _PASSIVE.search(scene.sentence, max(before), at[1]))


def _is_unknown(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether what follows an action is a name that no service of the catalogue has."""
    text = scene.sentence[at[1] : at[1] + 90]
    met = _OBJECT.match(text)
    if met is None and scene.words.language != "en":
        met = _FOREIGN.match(text)
    if met is None or within(scene.named, (at[1], at[1] + met.end() + 40)):
        return False
    start = at[1] + met.start(met.lastindex or 0)
    return not any(one.start <= start < one.end for one in scene.where)


def _is_of_unknown(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether a name right before an action, of a service that no catalogue has, is what it is done
    to: "LiveJournal был закрыт"."""
    clause = scene.clause(at[0])
    if within(scene.named, clause):
        return False
    met = _UNKNOWN_BEFORE.search(scene.sentence, clause[0], at[0])
    if met is None or (scene.words.language == "en" and not met["en"]):
        return False
    return not any(one.start <= met.start(met.lastgroup or 0) < one.end for one in scene.where)


_UNKNOWN_BEFORE = re.compile(
    r"(?:(?P<en>(?<![\w-])[A-Z][a-z]+[A-Z][a-z][A-Za-z0-9]*)\W+(?:(?:was|were|is|are|has|had|been|also)\W+)+"
    r"|(?P<other>(?<![A-Za-z-])[A-Z][A-Za-z]*[a-z][A-Za-z0-9.]*)[»”\"]?(?:\W+(?:был[аио]?|тоже|также|же|и)\b)*\W*(?:[也已仍亦]?被?)?)$"
)


def is_noun(scene: Scene, begin: int, at: tuple[int, int]) -> bool:
    """Whether an action is a noun, which tells of a thing that is known and not of an event."""
    words, sentence = scene.words, scene.sentence
    before, text = sentence[begin : at[0]], sentence[at[0] : at[1]]
    if words.finite.search(before) or _IS_DOING.search(before):
        return False
    if any(one.body and one.end == at[0] - 1 for one in scene.where):
        return False  # "the regulator blocks"
    if words.maybe_noun.fullmatch(text):
        return bool(words.noun_after.search(before))
    return bool(words.noun.fullmatch(text))
