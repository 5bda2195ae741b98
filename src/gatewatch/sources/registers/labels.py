"""Words that stand beside a name in its cell and say what it is, or that there are more such names.

Words that may say what became of a site (*blocked*, *new*, *instead of*) are not among them: a cell
with any of those stays unread (docs/add-a-register.md).
"""

import re

_SITE = (
    r"url|web\s?-?sites?|web|sites?|domains?|domain\s?names?|hosts?|links?|address|sitio(?: web)?|"
    r"página(?: web)?|sito(?: web)?|dominio|domínio|domaine|adresse|seite|strona|domena|stránka|"
    r"doména|honlap|сайты?|веб-сайт|интернет-сайт|интернет-ресурс|домены?|адрес|сайтове|уебсайт|"
    r"網址|網站|网址|网站|域名|サイト|사이트|도메인|เว็บไซต์|الموقع|אתר"
)
LABEL = re.compile(rf"(?i)^(?:{_SITE})\s*[:\uff1a]\s*(?=\S)(?!//)")
"""What a cell calls its value before it names it: `URL: example.com`."""
_KIND = (
    r"mirrors?|mirror site|miroir|espejo|spiegel|lustro|zrcadlo|ayna|зеркало|дзеркало|镜像|鏡像|"
    r"mobile|mobile version|mobil|móvil|мобильная версия|desktop|android|ios|iphone|ipad|app|apps|"
    r"web|website|web\s?site|main site|official|site|сайт"
)
KIND = re.compile(rf"(?i)\s*[(\[\uff08](?:{_KIND})(?:\s*[,/&+]\s*(?:{_KIND}))*[)\]\uff09]$")
"""`a.example (mirror)`, `a.example (iOS, Android)`."""
MORE = re.compile(
    r"(?i)\s*(?:[,;]\s*|\s)(?:\(?etc\.?|et al\.?|(?:and|&) (?:others?|all )?(?:its |their )?mirrors?|"
    r"(?:and|&) others?|e outros|y otros|et autres|ed altri|u\.\s?a\.|usw\.|i in\.|a jiné|a další|"
    r"и др\.?|и другие|и т\.\s?[дп]\.?|и (?:его |её |их )?зеркала|та ін\.?|та інші|και άλλα|"
    r"외\s?\d*\s?[건개]?|等|など|ほか)\)?$"
)
"""`a.example and others`: the others are not told, and this one is no less listed."""
LONGEST = 48
"""Letters of such words, with some blanks before them."""
