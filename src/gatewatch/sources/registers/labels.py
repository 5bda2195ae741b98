"""Words that stand beside a name in its cell and say what it is, or that there are more such names.

Words that may say what became of a site (*blocked*, *new*, *instead of*) are not among them: a cell
with any of those stays unread (docs/add-a-register.md).
"""

import re

_SITE = (
    r"url|ip|ip-?\s?address(?:es)?|ip-адреса?|web\s?-?sites?|web|sites?|domains?|domain\s?names?|hosts?|links?|address|sitio(?: web)?|"
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
    r"(?:and|&) others?|(?:und|samt) (?:alle |allen )?(?:seine[nr]? |deren )?(?:mirrors?|spiegel\w*)|"
    r"et (?:tous )?(?:ses|leurs|les) (?:sites )?miroirs?|y (?:todos )?(?:sus|los) espejos|e outros|"
    r"y otros|et autres|ed altri|u\.\s?a\.|usw\.|i in\.|a jiné|a další|"
    r"и др\.?|и другие|и т\.\s?[дп]\.?|и (?:его |её |их )?зеркала|та ін\.?|та інші|και άλλα|"
    r"외\s?\d*\s?[건개]?|等|など|ほか)\)?$"
)
"""`a.example and others`: the others are not told, and this one is no less listed."""
_BELOW = r"(?:sub|under|unter|sous|sotto|pod|\u043f\u043e\u0434|під|\u0441\u0443\u0431|alt|ali)[\s-]?(?:dom|\u0434\u043e\u043c|alan)[\w-]*(?:\s+ad\w*)?"
_JOINING = (
    r"and|with|including|includes|incl\.?|plus|as well as|und|mit|samt|inkl\.?|sowie|"
    r"einschließlich|inklusive|et|avec|ainsi que|y compris|y|con|incluidos|incluyendo|incluye|e|"
    r"com|incluindo|inclusi|compresi|oraz|wraz|z|ze|i|a|včetně|vrátane|s|se|so|\u0438|\u0441|\u0441\u043e|включая|"
    r"\u0432 том числе|\u0442\u0430|\u0456|\u0437|\u0437\u0456|включно|включаючи|ve|ile|dahil|og|och|med|ja|en|met|inclusief|"
    r"dan|beserta|termasuk|și|cu|inclusiv|και|με|és"
)
_ALL = (
    r"all|any|every|of|its|their|the|alle[nrs]?|sämtliche[nr]?|seine[nr]?|ihre[nr]?|den|tous|"
    r"toutes|les|ses|leurs|des|todos|los|sus|tutti|\u0438|i|suoi|os|seus|wszystki\w+|jej|jego|všech|"
    r"všechny|všetky|jeho|\u0432\u0441\w{1,4}|его|\u0435\u0451|\u0435\u0435|\u0438\u0445|\u0443\u0441\u0456\w*|всіма|його|її|їх|tüm|bütün|"
    r"semua|toate|toți|όλα|όλους|τους|összes|minden"
)
WITH_BELOW = re.compile(
    rf"(?i)(?:\s*[&+,;(\u2013-]\s*|\s+)(?:(?:{_JOINING})\s+)*(?:(?:{_ALL})\s+)*{_BELOW}\s*\)?\.?$"
)
"""`a.example and all its subdomains`."""
BELOW = re.compile(
    rf"(?i)^(?:(?:{_ALL})\s+)*{_BELOW}\s+(?:(?:of|von|de|di|do|du|van|from|zu|\u0434\u043b\u044f|\u0434\u043e\u043c\u0435\u043d\u0430|домену|сайта)\s+)*(?=[\w*-]+\.\S+$)"
)
"""`all subdomains of a.example`."""
ONLY = re.compile(
    r"(?i)\s+[(\[]?(?:(?:this |the )?(?:page|url|link|страница|сторінка|seite|página|pagina) )?"
    r"(?:only|alone|uniquement|seulement|nur|solo|soltanto|solamente|sólo|apenas|somente|tylko|"
    r"pouze|jen|iba|только|тільки|лише|csak|yalnızca|sadece|enbart|kun|bare|alleen|hanya|saja|"
    r"仅限?|のみ|만)[)\]]?\s*$"
)
"""`a.example/x only`: a page and not its site."""
LONGEST = 48
"""Letters of such words, with some blanks before them."""
_REACHED = (
    r"tel(?:ephone|efon[eo]?|éfono|éphone)?|phone|mobile|mob|fax|тел(?:ефон)?|факс|whats\s?app|viber|"
    r"telegram|телеграм|skype|signal|line|wechat|e-?mails?|mails?|correo|courriel|email|"
    r"эл(?:ектронная)?\.?\sпочта|почта|пошта|電話|电话|邮箱|メール|전화|이메일"
)
CONTACT = re.compile(
    rf"""(?ix) (?:^|(?<=[\s,;|/(]))
    (?: (?:(?:{_REACHED})\.?\s*[:\uff1a.]?\s*)? (?:mailto:)?[\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+
      | (?:{_REACHED})\.?\s*[:\uff1a.]?\s* (?: @\w{{3,64}} | \+?\(?\d(?:[\s()-]{{0,3}}\d){{4,16}} )
      | \+\(?\d(?:[\s()-]{{0,3}}\d){{6,16}}
    ) (?![\w@]|\.\w)"""
)
"""How to reach who runs a site: an address of mail, a telephone, a name in a messenger."""
AND = frozenset(
    {
        *("and", "et", "und", "y", "e", "i", "a", "oraz", "or", "ou", "oder", "&", "+"),
        *("\u0438", "\u0438\u043b\u0438", "\u0442\u0430", "\u0456"),  # Russian, Ukrainian
        *(
            "ir",
            "un",
            "ja",
            "och",
            "og",
            "\u00e9s",
            "\u0219i",
            "\u015fi",
            "sau",
            "en",
            "of",
            "o",
            "u",
        ),
        *(
            "lub",
            "ili",
            "in",
            "ali",
            "nebo",
            "alebo",
            "ve",
            "veya",
            "v\u0259",
            "dhe",
            "edhe",
            "dan",
        ),
        *("atau", "v\u00e0", "eller", "vagy", "v\u00f5i", "vai", "arba", "tai", "sek\u00e4"),
        *("\u03ba\u03b1\u03b9", "\u03ae", "\u0436\u04d9\u043d\u0435"),  # Greek, Kazakh
        *("\u0648", "\u0623\u0648", "\u0627\u0648", "\u06cc\u0627"),  # Arabic, Persian
        *(
            "\u0587",
            "\u0564\u0561",
            "\u10d3\u10d0",
            "\u0e41\u0e25\u0e30",
        ),  # Armenian, Georgian, Thai
        *(
            "samt",
            "sowie",
            "valamint",
            "tak\u00e9",
            "r\u00f3wnie\u017c",
            "serta",
            "juga",
            "c\u00f9ng",
            "at",
        ),
        *(
            "\u0914\u0930",
            "\u098f\u09ac\u0982",
            "\u0bae\u0bb1\u0bcd\u0bb1\u0bc1\u0bae\u0bcd",
            "\u0c2e\u0c30\u0c3f\u0c2f\u0c41",
            "\u0627\u0648\u0631",
        ),  # India, Urdu
        *("\u548c", "\u53ca", "\u4e0e", "\u6216", "\u3068", "\u53ca\u3073", "\ubc0f", "\uc640"),
    }
)
"""Words between two names that only join them."""
ALSO = re.compile(
    r"(?i)\s(?:as well as|and also|ainsi que|as\u00ed como|bem como|cos\u00ec come|a (?:tak\u00e9|takt\u00e9\u017e|tie\u017e)|jak i|"
    r"a tak\u017ee|\u0430 \u0442\u0430\u043a(?:\u0436\u0435|\u043e\u0436)|precum \u0219i|kao i|dan juga)\s"
)
AND_WITHOUT_BLANKS = re.compile(
    "\u4ee5\u53ca|\u53ca\u3073|\u307e\u305f\u306f|\u53ca|\u548c|\u4e0e|\u8207|\u6216|\u3068|\uc640|\uacfc|\ubc0f|\u0e41\u0e25\u0e30"
)
"""Those of languages that write no blanks between words, or none before such a word."""
_NO_SITE = frozenset(
    {
        *(
            "unknown",
            "not known",
            "none known",
            "no website",
            "no web site",
            "not identified",
            "tbc",
        ),
        *("not provided", "not stated", "no site", "various", "unbekannt", "keine website"),
        *("nicht bekannt", "inconnu", "non connu", "non communiqué", "sans site", "pas de site"),
        *("no consta", "desconocido", "desconocida", "sin página web", "sin web", "no disponible"),
        *("sconosciuto", "non noto", "nessun sito", "não consta", "desconhecido", "sem site"),
        *("nieznany", "nieznana", "brak danych", "brak strony", "nie podano", "neznámé", "neznámá"),
        *("není známo", "neznáme", "ismeretlen", "nem ismert", "necunoscut", "onbekend", "ukendt"),
        *("okänd", "ukjent", "tuntematon", "teadmata", "nezināms", "nežinoma", "nepoznato"),
        *("bilinmiyor", "mevcut değil", "άγνωστο", "άγνωστος", "неизвестно", "неизвестен"),
        *("не установлен", "не установлено", "не указан", "не указано", "невідомо", "невядома"),
        *(
            "не встановлено",
            "не зазначено",
            "белгісіз",
            "неизвестен сайт",
            "不明",
            "未知",
            "不详",
            "不詳",
        ),
        *(
            "미상",
            "알 수 없음",
            "ไม่ทราบ",
            "ไม่ปรากฏ",
            "không rõ",
            "tidak diketahui",
            "tiada maklumat",
        ),
        *("غير معروف", "غير متوفر", "לא ידוע", "अज्ञात", "ज्ञात नहीं"),
    }
)


def names_no_site(text: str) -> bool:
    """Whether a cell for a site says that none is known, or only how to reach somebody."""
    bare = " ".join(text.casefold().split()).strip("()[] .")
    left = CONTACT.sub("", text)
    return bare in _NO_SITE or (left != text and not any(map(str.isalnum, left)))
