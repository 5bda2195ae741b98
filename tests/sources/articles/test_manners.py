"""Manners of telling, each by itself: what holds for one service and country holds for all."""

from datetime import date

import pytest

from gatewatch.catalogue import facts
from gatewatch.model import day
from gatewatch.sources.articles.propose import read
from gatewatch.sources.articles.text import article

THURSDAY = date(2025, 5, 8)
BLOCKED, LIFTED = {"blocked", "listed", "ordered"}, {"restored", "revoked", "delisted"}
SLOWED, STORE = {"throttled"}, {"complied"}


def _told(text: str, published: date = THURSDAY) -> set[tuple[str, str, str, str]]:
    found = read(article(text.encode()), facts.load().services, published).proposed
    return {(one.service, one.jurisdiction, str(one.action), one.date) for one in found}


@pytest.mark.parametrize(
    ("frame", "words", "actions"),
    [
        ("Kenya {} Telegram on 3 May.", "cut|froze|clamped down on|deactivated|removed access to|brought down|pulled the plug on|decreed a ban on|shut", BLOCKED),
        ("Telegram {} in Kenya on 3 May.", "was taken offline|was not accessible|was not available|went missing|did not open|did not load|came under restrictions", BLOCKED),
        ("Kenya {} its ban on Telegram on 3 May.", "lifted|abandoned|relaxed|rolled back|suspended|waived|called off|walked back|backtracked on|discontinued|terminated|did away with|loosened|retracted|struck down|quashed|recalled|reversed|scrapped", LIFTED),
        ("On 3 May Kenya {} Telegram.", "allowed access to|reactivated|legalised again|gave back|permitted again|opened up|reinstated|unbanned", LIFTED),
        ("3 мая в Кении {} Telegram.", "закрывали|перекрывали|урезали|заглушили|остановили|пропадал|переставал работать|не грузился", BLOCKED),
        ("3 мая в Кении Telegram {}.", "закрывали|перекрыт|подвергся блокировке|подвергли блокировке", BLOCKED),
        ("3 мая в Кении {} Telegram.", "возвращали|восстановили|восстанавливали|включили|вернули", LIFTED),
        ("3 мая в Кении Telegram {}.", "возвращён|восстановлен|был восстановлен|открыт снова", LIFTED),
        ("5月3日,Telegram在肯尼亚{}。", "不能用|不可用|失去连接|不能访问", BLOCKED),
        ("5月3日,肯尼亚{}对Telegram的禁令。", "终止|推翻|收回|放宽|放松|解除", LIFTED),
        ("Kenya {} Telegram on 3 May.", "censored|shuttered|took down|locked out|kept people off|put a stop to", BLOCKED),
        ("Telegram {} in Kenya on 3 May.", "vanished|stopped connecting|was off|fell silent|refused to load|came under a ban", BLOCKED),
        ("People in Kenya {} Telegram on 3 May.", "lost access to|could not get into|were locked out of|have been without", BLOCKED),
        ("Telegram {} in Kenya on 3 May.", "returned|reappeared|worked again|was all back|was allowed again", LIFTED),
        ("Telegram {} in Kenya on 3 May.", "became painfully slow|crawled|worked only intermittently", SLOWED),
        ("{} in Kenya on 3 May.", "Apple took Telegram out of its store|Telegram vanished from app stores", STORE),
        ("3 мая Telegram в Кении {}.", "перестал грузиться|не запускается|пропал|замолчал|вне закона", BLOCKED),
        ("3 мая кенийцы {} Telegram.", "потеряли доступ к|не могут зайти в|лишились", BLOCKED),
        ("3 мая Telegram в Кении {}.", "ожил|вернулся|снова в строю|доступен без VPN", LIFTED),
        ("5月3日,Telegram在肯尼亚{}。", "用不了|停服|断线|被暂停|访问受阻", BLOCKED),
        ("5月3日,Telegram在肯尼亚{}。", "回归|恢复|又能用了|不再需要VPN", LIFTED),
    ],
)  # fmt: skip
def test_words_said_of_much_else_count_beside_a_service(
    frame: str, words: str, actions: set[str]
) -> None:
    for one in words.split("|"):
        told = _told(frame.format(one))
        assert any(t[:2] == ("telegram", "KE") and t[2] in actions for t in told), one


@pytest.mark.parametrize(
    "text",
    [
        "Telegram lost its lead over WhatsApp in Kenya on 3 May.",
        "Telegram closed its office in Kenya on 3 May.",
        "Telegram resumed talks with Kenya on 3 May.",
        "Did Kenya unblock Telegram on 3 May?",
        "A court in Kenya on 3 May ordered Telegram and Signal to block the sites.",
        "In Kenya WhatsApp was not blocked; Telegram was not.",
        "Telegram закрыл офис в Кении 3 мая.",
        "3 мая в Кении закрыт на ремонт аэропорт, пишут в Telegram.",
        "肯尼亚议会5月3日讨论封禁Telegram的法案。",
        "Telegram创始人5月3日重返肯尼亚。",
        "在肯尼亚,用户绕过封锁使用Telegram。",
    ],
)
def test_the_same_words_of_something_else_propose_nothing(text: str) -> None:
    assert not {one for one in _told(text) if one[2] != "demanded"}


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("The blocking of Telegram in Kenya began on 3 May.", BLOCKED),
        ("Kenya's blocking of Telegram on 3 May drew criticism.", BLOCKED),
        ("An order to block Telegram was issued on 3 May by Kenya's regulator.", BLOCKED),
        ("The lifting of the ban on Telegram in Kenya on 3 May was welcomed.", LIFTED),
        ("Kenya's suspension of Telegram ended on 3 May.", LIFTED),
        ("Kenya ordered operators on 3 May to restore access to Telegram.", LIFTED),
        ("Блокировка Telegram в Кении началась 3 мая.", BLOCKED),
        ("Блокировка Telegram в Кении прекратилась 3 мая.", LIFTED),
        ("肯尼亚法院5月3日推翻对Telegram的禁令。", LIFTED),
        ("Telegram5月3日在肯尼亚遭全面封杀。", BLOCKED),
    ],
)
def test_nouns_and_orders_tell_of_events(text: str, actions: set[str]) -> None:
    assert any(t[2] in actions and t[3] == "2025-05-03" for t in _told(text))


def test_countries_share_a_verb_and_each_has_its_day() -> None:
    told = _told("Belarus filtered Proton in November 2019, Russia in January 2020, and Turkish users were cut off in 2018.")  # fmt: skip
    assert {(one[1], one[3]) for one in told} == {("BY", "2019-11"), ("RU", "2020-01"), ("TR", "2018")}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Discord was blocked in Kenya on 3 May, as were Viber and Signal.",
        "Discord недоступен в Кении с 3 мая, как и сайты Viber и Signal.",
        "肯尼亚5月3日起封锁Discord,随后是Viber和Signal。",
    ],
)
def test_others_share_what_was_done_to_one(text: str) -> None:
    assert {one[0] for one in _told(text)} == {"discord", "viber", "signal"}


def test_a_word_for_a_kind_is_no_service_of_another() -> None:
    text = "Signal on the blocks. X is off in Venezuela. In Kenya, the government restricted the messenger on 3 May."
    assert ("signal", "KE", "blocked", "2025-05-03") in _told(text)


def test_a_label_before_a_dash_heads_its_paragraph() -> None:
    text = "Briefs\n\nNepal - Facebook was restored on Tuesday. It had been cut off on 4 May.\n\nUganda - Viber was cut off in January 2021."
    assert _told(text) == {
        ("facebook", "NP", "restored", "2025-05-06"),
        ("facebook", "NP", "blocked", "2025-05-04"),
        ("viber", "UG", "blocked", "2021-01"),
    }


def test_a_year_that_is_told_aside_is_not_that_of_the_days_after() -> None:
    text = "В 2022 году в Кении добились того, о чём говорили с 2012-го. 4 марта закрыли Telegram."
    assert _told(text, date(2023, 1, 31)) == {("telegram", "KE", "blocked", "2022-03-04")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("over the weekend", "2025-05-03/2025-05-04"),
        ("overnight", "2025-05-07/2025-05-08"),
        ("three years ago", "2022"),
        ("on 2025-05-03", "2025-05-03"),
        ("at the end of April", "2025-04"),
    ],
)
def test_days_are_told_in_more_ways(words: str, told: str) -> None:
    ((_, _, _, found),) = _told(f"Kenya blocked Telegram {words}.")
    assert day.parse(found).agrees(day.parse(told))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Iran shut Facebook in 2009, Telegram in April 2018 and, since 2021, Signal.",
            "facebook IR 2009, telegram IR 2018-04, signal IR 2021",
        ),
        (
            "Kenya blocked Telegram on 3 May, and Uganda Signal on 5 May.",
            "telegram KE 2025-05-03, signal UG 2025-05-05",
        ),
        ("Kenya blocked Telegram, and on 5 May Signal.", "telegram KE , signal KE 2025-05-05"),
        (
            "Telegram was blocked in Kenya on 3 May, while Signal kept working in April.",
            "telegram KE 2025-05-03",
        ),
        (
            "Kenya blocked Telegram on 3 May. So did Uganda. Uganda followed suit on 5 May.",
            "telegram KE 2025-05-03, telegram UG 2025-05-05",
        ),
        ("Kenya blocked Telegram on 3 May. Uganda may follow suit.", "telegram KE 2025-05-03"),
        (
            "Kenya blocked Telegram on 3 May. Next came Signal on 5 May.",
            "telegram KE 2025-05-03, signal KE 2025-05-05",
        ),
        (
            "Кения заблокировала Telegram 3 мая, а Уганда - Signal 5 мая.",
            "telegram KE 2025-05-03, signal UG 2025-05-05",
        ),
        (
            "Кения заблокировала Telegram 3 мая. 5 мая её примеру последовала Уганда.",
            "telegram KE 2025-05-03, telegram UG 2025-05-05",
        ),
        (
            "3 мая в Кении заблокировали Telegram. 5 мая к нему добавились Signal и WhatsApp.",
            "telegram KE 2025-05-03, signal KE 2025-05-05, whatsapp KE 2025-05-05",
        ),
        (
            "肯尼亚5月3日封锁Telegram,乌干达5月5日跟进。",
            "telegram KE 2025-05-03, telegram UG 2025-05-05",
        ),
        (
            "5月3日,肯尼亚封锁Telegram。5日轮到Signal。",
            "telegram KE 2025-05-03, signal KE 2025-05-05",
        ),
    ],
)
def test_what_is_left_out_or_done_like_others_is_done_too(text: str, told: str) -> None:
    """A verb that is not said again, in a clause, in a sentence of its own, for another country."""
    found = {(one[0], one[1], one[3]) for one in _told(text) if one[2] in BLOCKED}
    assert found == {tuple(one.split(" ")) for one in told.split(", ")}


@pytest.mark.parametrize(
    ("text", "lifted", "blocked"),
    [
        ("Kenya on 3 May lifted the ban on Telegram that was imposed in April.", "2025-05-03", "2025-04"),
        ("Kenya's suspension of Telegram, in force since 5 April, ended on 3 May.", "2025-05-03", "2025-04-05"),
        ("Kenya blocked Telegram on 5 April. The regulator lifted it on 3 May.", "2025-05-03", "2025-04-05"),
        ("Kenya blocked Telegram on 5 April. A court suspended the measures on 3 May.", "2025-05-03", "2025-04-05"),
        ("Kenya blocked Telegram in April 2024 and unblocked it a month later.", "2024-05", "2024-04"),
        ("Кения 3 мая сняла запрет на Telegram, введённый 5 апреля.", "2025-05-03", "2025-04-05"),
        ("Кения заблокировала Telegram 5 апреля. 3 мая регулятор отменил его.", "2025-05-03", "2025-04-05"),
        ("Telegram в Кении закрыли 5 марта и снова открыли через месяц.", "2025-04", "2025-03-05"),
        ("肯尼亚5月3日解除自4月5日起实施的Telegram禁令。", "2025-05-03", "2025-04-05"),
        ("2025年3月5日,肯尼亚封锁Telegram,一个月后恢复。", "2025-04", "2025-03-05"),
    ],
)  # fmt: skip
def test_a_lift_and_what_it_lifts_have_each_their_day(text: str, lifted: str, blocked: str) -> None:
    told = _told(text)
    assert {one[3] for one in told if one[2] in LIFTED} == {lifted}
    assert {one[3] for one in told if one[2] in BLOCKED} == {blocked}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Several countries have banned Telegram. India did so in June 2020, along with Signal.", "telegram IN, signal IN"),
        ("Telegram is blocked in Iran. Kenya banned it on 3 May along with Signal. Uganda cut it on 5 May.", "telegram IR, telegram KE, signal KE, telegram UG"),
        ("In Iran Telegram and Signal were cut off in May. Telegram was back on 7 May. Kenya watches.", "telegram IR, signal IR"),
        ("Telegram в ряде стран заблокирован. LiveJournal закрыт в Кении с 2011 года.", ""),
        ("Telegram在多个国家遭到封锁。肯尼亚于5月3日封锁。", "telegram KE"),
    ],
)  # fmt: skip
def test_who_and_where_that_is_not_named_is_not_the_nearest_name(text: str, told: str) -> None:
    assert {f"{one[0]} {one[1]}" for one in _told(text)} == set(filter(None, told.split(", ")))


@pytest.mark.parametrize(
    "text",
    [
        "Kenya blocked Telegram in May last year. On 3 May thousands protested against the ban on Telegram.",
        "В прошлом году Кения заблокировала Telegram. 3 мая жители вышли протестовать против блокировки Telegram.",
        "去年肯尼亚封锁Telegram。5月3日,民众抗议政府封锁Telegram。",
    ],
)
def test_the_day_of_a_protest_is_not_that_of_what_it_is_against(text: str) -> None:
    assert not {one for one in _told(text) if one[3] == "2025-05-03"}
