"""Bloomberg exchange codes with country, ISO 10383 MIC, Yahoo suffix, currency and price unit; crypto venues.

The facts are public: the MIC list of ISO 10383, Yahoo's table of exchange suffixes, and the exchange codes printed
in Bloomberg's public identifier lists (OpenFIGI).
"""

from __future__ import annotations

import msgspec

from financehub_tui.market.instrument import Unit


class Exchange(msgspec.Struct, frozen=True):
    """One exchange code. `mics` has one entry where the code means one exchange, more for a composite."""

    code: str
    name: str
    country: str
    mics: tuple[str, ...]
    suffix: str
    """Yahoo suffix without the dot; empty for the United States."""
    currency: str
    unit: Unit = Unit.CURRENCY
    composite: str = ""
    """The country's composite code where this is one exchange of it."""


# code|name|country|MICs|Yahoo suffix|currency|composite; a currency in lower case at its end is quoted in minor units.
_TABLE = """
US|United States|US|XNAS XNYS ARCX BATS XASE||USD|
UN|New York|US|XNYS||USD|US
UQ|Nasdaq Global Market|US|XNAS||USD|US
UW|Nasdaq Global Select|US|XNAS||USD|US
UR|Nasdaq Capital Market|US|XNAS||USD|US
UA|NYSE American|US|XASE||USD|US
UP|NYSE Arca|US|ARCX||USD|US
UF|Cboe BZX|US|BATS||USD|US
LN|London|GB|XLON|L|GBp|
GR|Germany|DE|XETR XFRA|DE|EUR|
GY|Xetra|DE|XETR|DE|EUR|GR
GF|Frankfurt|DE|XFRA|F|EUR|GR
FP|Paris|FR|XPAR|PA|EUR|
JP|Japan|JP|XTKS|T|JPY|
JT|Tokyo|JP|XTKS|T|JPY|JP
HK|Hong Kong|HK|XHKG|HK|HKD|
CN|Canada|CA|XTSE XTSX|TO|CAD|
CT|Toronto|CA|XTSE|TO|CAD|CN
CV|TSX Venture|CA|XTSX|V|CAD|CN
AU|Australia|AU|XASX|AX|AUD|
AT|Sydney|AU|XASX|AX|AUD|AU
NZ|New Zealand|NZ|XNZE|NZ|NZD|
SW|Switzerland|CH|XSWX|SW|CHF|
SE|SIX Swiss Exchange|CH|XSWX|SW|CHF|SW
IM|Milan|IT|XMIL|MI|EUR|
SM|Madrid|ES|XMAD|MC|EUR|
NA|Amsterdam|NL|XAMS|AS|EUR|
BB|Brussels|BE|XBRU|BR|EUR|
PL|Lisbon|PT|XLIS|LS|EUR|
ID|Dublin|IE|XDUB|IR|EUR|
AV|Vienna|AT|XWBO|VI|EUR|
FH|Helsinki|FI|XHEL|HE|EUR|
SS|Stockholm|SE|XSTO|ST|SEK|
DC|Copenhagen|DK|XCSE|CO|DKK|
NO|Oslo|NO|XOSL|OL|NOK|
IR|Iceland|IS|XICE|IC|ISK|
PW|Warsaw|PL|XWAR|WA|PLN|
CP|Prague|CZ|XPRA|PR|CZK|
HB|Budapest|HU|XBUD|BD|HUF|
GA|Athens|GR|XATH|AT|EUR|
TI|Istanbul|TR|XIST|IS|TRY|
IT|Tel Aviv|IL|XTAE|TA|ILa|
SJ|Johannesburg|ZA|XJSE|JO|ZAc|
ET|Tallinn|EE|XTAL|TL|EUR|
LR|Riga|LV|XRIS|RG|EUR|
LH|Vilnius|LT|XLIT|VS|EUR|
RO|Bucharest|RO|XBSE|RO|RON|
BZ|Brazil|BR|BVMF|SA|BRL|
MM|Mexico|MX|XMEX|MX|MXN|
AR|Argentina|AR|XBUE|BA|ARS|
CI|Chile|CL|XSGO|SN|CLP|
CB|Colombia|CO|XBOG|CL|COP|
PE|Peru|PE|XLIM|LM|PEN|
IN|India|IN|XNSE XBOM|NS|INR|
IS|National Stock Exchange of India|IN|XNSE|NS|INR|IN
IB|Bombay|IN|XBOM|BO|INR|IN
KS|Korea|KR|XKRX XKOS|KS|KRW|
KP|Korea Exchange|KR|XKRX|KS|KRW|KS
KQ|Kosdaq|KR|XKOS|KQ|KRW|KS
TT|Taiwan|TW|XTAI|TW|TWD|
SP|Singapore|SG|XSES|SI|SGD|
IJ|Jakarta|ID|XIDX|JK|IDR|
MK|Kuala Lumpur|MY|XKLS|KL|MYR|
TB|Bangkok|TH|XBKK|BK|THB|
PM|Philippines|PH|XPHS|PS|PHP|
VN|Vietnam|VN|XSTC|VN|VND|
CH|China|CN|XSHG XSHE|SS|CNY|
CG|Shanghai|CN|XSHG|SS|CNY|CH
CS|Shenzhen|CN|XSHE|SZ|CNY|CH
QD|Qatar|QA|DSMD|QA|QAR|
AB|Saudi Arabia|SA|XSAU|SR|SAR|
UH|United Arab Emirates|AE|XDFM XADS|AE|AED|
KK|Kuwait|KW|XKUW|KW|KWD|
EY|Egypt|EG|XCAI|CA|EGP|
SL|Sri Lanka|LK|XCOL|CM|LKR|
"""

_MINOR = {"GBp": "GBP", "ILa": "ILS", "ZAc": "ZAR"}


def _entry(row: str) -> Exchange:
    code, name, country, mics, suffix, currency, composite = row.split("|")
    unit = Unit.MINOR if currency in _MINOR else Unit.CURRENCY
    return Exchange(code, name, country, tuple(mics.split()), suffix, _MINOR.get(currency, currency), unit, composite)


EXCHANGES: dict[str, Exchange] = {entry.code: entry for entry in map(_entry, _TABLE.strip().splitlines())}
"""By Bloomberg code; a country's composite code stands before its single exchanges."""

SUFFIXES: dict[str, Exchange] = {}
"""By Yahoo suffix; the composite wins where several codes share one."""

MICS: dict[str, Exchange] = {}
"""By MIC; the code that means this exchange alone wins over a composite."""

for _exchange in EXCHANGES.values():
    if _exchange.suffix:
        SUFFIXES.setdefault(_exchange.suffix, _exchange)
    for _mic in _exchange.mics:
        if _mic not in MICS or len(MICS[_mic].mics) > 1:
            MICS[_mic] = _exchange

CRYPTO_VENUES: tuple[str, ...] = (
    "BINANCE", "BINANCEUS", "COINBASE", "KRAKEN", "BITSTAMP", "GEMINI", "OKX", "BYBIT", "BITFINEX", "KUCOIN",
    "GATEIO", "HTX", "MEXC", "BITGET", "CRYPTOCOM", "POLONIEX", "DERIBIT", "BITMEX", "UPBIT", "BITHUMB",
)  # fmt: skip
"""Venue codes understood after @, best known first."""
