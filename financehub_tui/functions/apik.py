"""APIK: API keys, and what each would unlock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Block, Column, Field, Format, KeyValues, Report, Table, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.figures import ProviderKeys

SPEC = FunctionSpec(
    mnemonic="APIK",
    title="API keys",
    category=Category.DATA,
    help="The keys there are, by provider and alias: their last four characters, where they come from (a variable, "
    "the keyring, the encrypted file), and whether each is ready, cooling (told to slow down), spent (its day or month "
    "is used up), bad (refused, with the reason) or disabled. Beneath, every provider that takes a key, what the free "
    "one unlocks and where to get it. With several keys of one provider the one with most left is used.\n\n"
    "Keys are never typed here: `financehub keys add finnhub` asks for one unseen and puts it into the system's "
    "keyring; where there is none, a variable such as FINANCEHUB_KEY_FINNHUB gives it. With a provider's name, such as "
    "`APIK finnhub`, that one's guide.",
    sources="The keyring, the environment, the request log.",
    tails=(Tail(kind=TailKind.TEXT, help="a provider, for its guide", example="finnhub"),),
    refresh=5,
    examples=("APIK", "APIK finnhub"),
)

KEYS = (
    Column(name="provider", title="Provider"),
    Column(name="alias", title="Alias"),
    Column(name="key", title="Key"),
    Column(name="source", title="From"),
    Column(name="plan", title="Plan"),
    Column(name="state", title="State"),
    Column(name="until", title="Until UTC", format=Format.DATETIME),
    Column(name="calls", title="Calls", format=Format.INTEGER),
    Column(name="refused", title="Refused", format=Format.INTEGER),
    Column(name="last_used", title="Last used UTC", format=Format.DATETIME),
    Column(name="reason", title="Why"),
)
OFFERS = (
    Column(name="provider", title="Provider"),
    Column(name="keys", title="Keys", format=Format.INTEGER),
    Column(name="used", title="Used"),
    Column(name="unlocks", title="A key unlocks"),
    Column(name="free", title="Free"),
)
FIRST_RUN = (
    "Quotes, bars, books and news come without any key. A free key that is used adds what the table lists: open the "
    "address beneath it, register, copy the key, then in a shell\n\n"
    "    financehub keys add PROVIDER\n\n"
    "and paste it: it is not shown, and kept in the system's keyring. On a server without one, set the variable "
    "FINANCEHUB_KEY_PROVIDER, or keep an encrypted file (keys.store = file)."
)


async def load(desk: Desk, call: Call) -> Report:
    """Keys and guide; with a provider's name, that one's guide. Raises CommandError for a name nobody bears."""
    offers = await desk.status.keys()
    wanted = _plain(call.text)
    one = next((offer for offer in offers if wanted in (offer.provider, _plain(offer.title))), None)
    if wanted and one is None:
        known = ", ".join(offer.provider for offer in offers)
        raise CommandError(f"APIK: no provider called {call.text.strip()} takes a key", f"There are {known}.")
    blocks = _guide(one) if one else _all(offers)
    if problems := desk.status.key_problems():
        blocks.append(Text(title="Could not be read", body="\n".join(problems)))
    return report(desk, call, blocks, subject=one.title if one else "")


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _all(offers: list[ProviderKeys]) -> list[Block]:
    found = any(offer.keys for offer in offers)
    guide = Text(title="First keys", body=FIRST_RUN)
    rows = [
        (
            offer.title,
            sum(1 for key in offer.keys if key.state != "disabled"),
            "yes" if offer.asked else "not yet",
            offer.unlocks,
            offer.free,
        )
        for offer in offers
    ]
    lines = [f"APIK {offer.provider}" for offer in offers]
    listed = table("Providers that take a key", OFFERS, rows, pick_lines=lines)
    # Not a column: an address that is broken over two lines cannot be opened.
    places = tuple(Field(label=offer.title, value=offer.where) for offer in offers)
    blocks: list[Block] = [_keys(offers), listed, KeyValues(title="Where to get them", fields=places)]
    return blocks if found else [*blocks, guide]


def _guide(offer: ProviderKeys) -> list[Block]:
    fields = (
        ("Unlocks", offer.unlocks),
        ("Used", "" if offer.asked else "not yet: no source here asks it, a key of it is only kept"),
        ("Free", offer.free),
        ("Limits", offer.limits),
        ("Get it at", offer.where),
        ("Looks like", offer.form),
        ("Store it", f"financehub keys add {offer.provider}"),
        ("Or set", offer.variable),
        ("Mind", offer.note),
    )
    told = tuple(Field(label=label, value=value) for label, value in fields if value)
    return [KeyValues(title=offer.title, fields=told), _keys([offer])]


def _keys(offers: list[ProviderKeys]) -> Table:
    rows = [
        (
            offer.title,
            key.alias,
            key.masked,
            key.source,
            key.plan,
            key.state,
            key.until,
            key.calls,
            key.refused,
            key.last_used,
            key.reason,
        )
        for offer in offers
        for key in offer.keys
    ]
    return table("Keys", KEYS, rows, empty="No key yet.")
