"""The command that tells more of an answer, asked of the same ledger and at the same times."""

import inspect
import shlex

from gatewatch.cli.app import command, given

_CARRIED = ("valid_at", "as_of", "recorded_by", "ledger")


def onward(name: str, *words: str) -> str:
    """What to type: with those of the three times, and the ledger, that the command under way was
    given and the next one takes. What was left out stays left out."""
    told = {each: value for each in _CARRIED if (value := given.get().get(each))}
    typed = ["gatewatch", name, *words]
    if told:
        taken = inspect.signature(command(name)).parameters
        for each, value in told.items():
            if each in taken:
                typed += [f"--{each.replace('_', '-')}", str(value)]
    return shlex.join(typed)
