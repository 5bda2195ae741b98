"""Words, marks and messages in English, Russian and Chinese.

`say` a message, the `word` of a state, a `day`, a `country`: each in a language, and none of them
ever parsed back.
"""

from gatewatch.words.languages import LANGUAGES, name
from gatewatch.words.saying import bracket, country, day, say
from gatewatch.words.states import word

__all__ = ["LANGUAGES", "bracket", "country", "day", "name", "say", "word"]
