"""What stands around and within an article and is no part of it: menus, teasers, disclaimers."""

import re

from gatewatch.catalogue.finder import holds

_HEADS = re.compile(
    r"""^\W*(?:
      read\ (?:also|more|next)|related(?:\ (?:articles?|stories|news|posts?))?|most\ (?:read|popular)
      |trending(?:\ (?:now|on\ \w+))?|popular(?:\ now)?|recommended|you\ may\ also\ like|more\ (?:news|from)\b.*
      |(?:latest|other|top)\ (?:news|stories|headlines)|(?:leave\ a\ )?(?:comment|reply)s?|share(?:\ this)?|tags?
      |advertisement|newsletter|subscribe\b.*|sign\ up\b.*|in\ other\ news|see\ also|editors?['’]?\ picks?
      |читайте\ также|читать\ (?:также|[её]щ[её])|по\ теме|похожие\ (?:новости|материалы)|материалы\ по\ теме
      |популярное|самое\ (?:интересное|читаемое)\b.*|новости\ партн[её]ров|также\ (?:по\ теме|вам\ может\ быть\ интересно)
      |топ\ \d+\b.*|комментарии|обсуждение|поделиться|реклама|теги|главное|лента\ новостей|ещ[её]\ по\ теме
      |相关(?:阅读|新闻|文章|推荐|链接)|相關(?:閱讀|新聞|文章|推薦)|延伸[阅閱][读讀]|[热熱][门門](?:文章|新闻|新聞|推荐)?
      |推荐阅读|推薦閱讀|新闻推荐|猜你喜[欢歡]|(?:网友|網友)?(?:评论|評論|留言)|分享(?:到.*)?|更多(?:新闻|新聞)?|广告|廣告
      |下一篇.*|上一篇.*|发表(?:回复|评论)|免责声明.*
    )\W*\d*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""A line that begins what is not the article."""
_TEASER = re.compile(
    r"^\W*(?:read (?:also|more|next)|see also|also read|related|watch|photo|image|picture|source|tags?"
    r"|читайте(?: также)?|смотрите также|фото|иллюстрация|источник|теги"
    r"|相关阅读|延伸[阅閱][读讀]|图片来源|圖片來源|来源|來源|责任编辑|責任編輯|编辑|作者|撰文|其他人也在看|其他人也看了|更多報導|更多报道)\s*[:：|].*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"^\s*[*＊†].*")
"""A footnote, such as the one that papers in Russia have to print of companies."""
_NOTE_ALONE = re.compile(r"^\s*(?:\*\S|[＊†]).*")
_STAR = re.compile(r"^\s*\*\s")
_LIST = 3
"""From so many lines on that begin with a star and a space they are a list, and no footnotes."""
_OUTLAWED = r"(?:запрещ[её]н|экстремис|нежелательн|иностранн\w+ агент|иноагент)"
_DISCLAIMER = re.compile(
    rf"\([^()]{{0,200}}?{_OUTLAWED}[^()]{{0,200}}\)"
    rf"|,?\s*(?:принадлежащ\w+|принадлежит|(?:которая|который|которые)\s+принадлеж\w+)[^.;()]{{0,80}}?{_OUTLAWED}[^.;,()]{{0,80}}"
    rf"|,?\s*деятельность которо\w+[^.;()]{{0,80}}?{_OUTLAWED}[^.;,()]{{0,80}}"
    rf"|,?\s*\bMeta\b,?\s+(?:компани\w+\s+)?(?:признан\w+|котор\w+)[^.;()]{{0,60}}?{_OUTLAWED}[^.;,()]{{0,80}}"
    r"|\([^()]{0,120}?\b(?:banned|outlawed|designated|recogni[sz]ed|deemed)\b[^()]{0,120}?"
    r"\b(?:extremist|undesirable|foreign agent|Russia)\b[^()]{0,80}\)"
    r"|（[^（）]{0,80}(?:极端|極端)[^（）]{0,80}）",
    re.IGNORECASE,
)
_IN_DISCLAIMERS = (
    "запрещ",
    "экстремис",
    "нежелательн",
    "агент",
    "banned",
    "outlawed",
    "designated",
    "recogni",
    "deemed",
    "极端",
    "極端",
)
"""Letters one of which each disclaimer holds."""
_ENDS = '.!?。！？…"”»'
_LONG = 45
"""From this length on a line with a full stop is a sentence of an article; Han counts twice."""


def without(lines: list[str]) -> list[str]:
    """Lines without what stands around an article. A head such as "Related" takes what follows it,
    until a line reads like a sentence."""
    kept: list[str] = []
    beside = False
    starred = sum(bool(_STAR.match(line)) for line in lines)
    note = _NOTE if starred < _LIST else _NOTE_ALONE
    for line in lines:
        if _HEADS.match(line):
            beside = True
        elif (
            (line and beside and not _is_sentence(line)) or _TEASER.match(line) or note.match(line)
        ):
            continue
        else:
            beside = beside and not line
            kept.append(line)
    return kept


def _is_sentence(line: str) -> bool:
    dense = len(line) + sum("\u4e00" <= letter <= "\u9fff" for letter in line)
    return dense >= _LONG and line[-1] in _ENDS


def silent(sentence: str) -> str:
    """A sentence with its disclaimers blanked: that the owner of a service is outlawed says nothing
    of the service. As long as it was."""
    if not holds(sentence.lower(), _IN_DISCLAIMERS):
        return sentence
    return _DISCLAIMER.sub(lambda found: " " * len(found[0]), sentence)
