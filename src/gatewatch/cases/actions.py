"""What a step's act is called."""

from gatewatch.cases.case import Step
from gatewatch.model.claim import Claim
from gatewatch.model.message import Message, message

ACTIONS = {
    "in_force": message("law in force"),
    "demanded": message("demand"),
    "warned": message("warning"),
    "notified": message("notice"),
    "ordered": message("order"),
    "fined": message("fine"),
    "listed": message("entered in the register"),
    "blocked": message("access cut"),
    "throttled": message("slowed"),
    "partially_blocked": message("access cut in part"),
    "announced": message("statement"),
    "denied": message("refusal"),
    "complied": message("data filed"),
    "registered": message("entered in a register of duties"),
    "delisted": message("taken off the register"),
    "restored": message("access restored"),
    "revoked": message("order revoked"),
}


def action(step: Step | Claim) -> Message:
    """What was done; a word that the table has not stands for itself."""
    if step.action == "complied" and step.scope == "apps":
        return message("app taken out of the stores")
    return act(str(step.action))


def act(word: str) -> Message:
    """An act by the machine's word for it; a word that the table has not stands for itself."""
    return ACTIONS.get(word) or Message(word.replace("_", " "), {})
