"""Bloomberg's names of indices, yields and futures, and usual tickers of coins, beside Yahoo's."""

from __future__ import annotations

from typing import NamedTuple

from financehub_tui.market.instrument import AssetClass, Unit
from financehub_tui.providers.yahoo.venues import BY_SUFFIX

_INDICES = """
SPX ^GSPC USD
INDU ^DJI USD
CCMP ^IXIC USD
NDX ^NDX USD
RTY ^RUT USD
RIY ^RUI USD
RAY ^RUA USD
MID ^MID USD
SML ^SP600 USD
OEX ^OEX USD
NYA ^NYA USD
TRAN ^DJT USD
UTIL ^DJU USD
SOX ^SOX USD
VIX ^VIX USD
VXN ^VXN USD
SKEW ^SKEW USD
W5000 ^W5000 USD
MOVE ^MOVE USD
DXY DX-Y.NYB USD
SPTSX ^GSPTSE CAD
MEXBOL ^MXX MXN
IBOV ^BVSP BRL
MERVAL ^MERV ARS
IPSA ^IPSA CLP
UKX ^FTSE GBP
MCX ^FTMC GBP
DAX ^GDAXI EUR
MDAX ^MDAXI EUR
TDXP ^TECDAX EUR
CAC ^FCHI EUR
SX5E ^STOXX50E EUR
SXXP ^STOXX EUR
IBEX ^IBEX EUR
FTSEMIB FTSEMIB.MI EUR
AEX ^AEX EUR
BEL20 ^BFX EUR
PSI20 PSI20.LS EUR
ISEQ ^ISEQ EUR
ATX ^ATX EUR
HEX25 ^OMXH25 EUR
SMI ^SSMI CHF
OMX ^OMX SEK
OMXC25 ^OMXC25 DKK
KFX ^OMXC25 DKK
OBX OBX.OL NOK
WIG20 WIG20.WA PLN
XU100 XU100.IS TRY
TA-35 TA35.TA ILS
TA-125 ^TA125.TA ILS
SASEIDX ^TASI.SR SAR
TOP40 ^J200.JO ZAR
NKY ^N225 JPY
HSI ^HSI HKD
HSCEI ^HSCE HKD
SHCOMP 000001.SS CNY
SZCOMP 399106.SZ CNY
SICOM 399001.SZ CNY
SHSZ300 000300.SS CNY
TWSE ^TWII TWD
KOSPI ^KS11 KRW
KOSPI2 ^KS200 KRW
KOSDAQ ^KQ11 KRW
STI ^STI SGD
FBMKLCI ^KLSE MYR
JCI ^JKSE IDR
PCOMP PSEI.PS PHP
SET ^SET.BK THB
SENSEX ^BSESN INR
NIFTY ^NSEI INR
AS51 ^AXJO AUD
AS30 ^AORD AUD
NZSE50FG ^NZ50 NZD
"""

_FUTURES = """
CL  CL  XNYM C
CO  BZ  IFEU C
NG  NG  XNYM C
XB  RB  XNYM C
HO  HO  XNYM C
GC  GC  XCEC C
SI  SI  XCEC C
HG  HG  XCEC C
PL  PL  XNYM C
PA  PA  XNYM C
C   ZC  XCBT M
S   ZS  XCBT M
W   ZW  XCBT M
KW  KE  XCBT M
SM  ZM  XCBT C
BO  ZL  XCBT M
O   ZO  XCBT M
RR  ZR  XCBT C
KC  KC  IFUS M
SB  SB  IFUS M
CC  CC  IFUS C
CT  CT  IFUS M
JO  OJ  IFUS M
LC  LE  XCME M
FC  GF  XCME M
LH  HE  XCME M
ES  ES  XCME I
NQ  NQ  XCME I
RTY RTY XCME I
DM  YM  XCBT I
NK  NKD XCME I
TU  ZT  XCBT P
FV  ZF  XCBT P
TY  ZN  XCBT P
US  ZB  XCBT P
WN  UB  XCBT P
EC  6E  XCME F
JY  6J  XCME F
BP  6B  XCME F
AD  6A  XCME F
CD  6C  XCME F
SF  6S  XCME F
NV  6N  XCME F
PE  6M  XCME F
BTC BTC XCME F
DCR ETH XCME F
"""
"""Bloomberg's and Yahoo's root, the exchange's MIC, and what it is a future on and is quoted in (see `_SORTS`)."""

_SORTS = {
    "C": (AssetClass.COMMODITY, Unit.CURRENCY),
    "M": (AssetClass.COMMODITY, Unit.MINOR),
    "P": (AssetClass.COMMODITY, Unit.POINTS),
    "I": (AssetClass.INDEX, Unit.POINTS),
    "F": (AssetClass.CURRENCY, Unit.CURRENCY),
}
"""Goods in dollars, goods in cents, bonds in points, indices in points, currencies in dollars."""


class Future(NamedTuple):
    """A continuous front month as the security master knows it."""

    root: str
    """Bloomberg's."""
    venue: str
    asset_class: AssetClass
    unit: Unit


def _pairs(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


INDEX_TICKER = {bloomberg: yahoo for bloomberg, yahoo, _ in _pairs(_INDICES)}
INDEX_NAME = {yahoo: bloomberg for bloomberg, yahoo in INDEX_TICKER.items()}
INDEX_CURRENCY = {yahoo: currency for _, yahoo, currency in _pairs(_INDICES)}

YIELD_TICKER = {"3M": "^IRX", "5Y": "^FVX", "10Y": "^TNX", "30Y": "^TYX"}
"""US Treasury tenors Yahoo carries; its values are yields in percent."""
YIELD_NAME = {yahoo: f"US{tenor}" for tenor, yahoo in YIELD_TICKER.items()}

COIN_TICKER = {
    name.rstrip("0123456789"): name
    for name in (
        "AERO29270 APT21794 ARB11841 ASTER36341 COMP5692 GMT18069 GRT6719 HYPE32196 ID21846 IMX10603 JUP29210 "
        "LUNA20314 MEW30126 MNT27075 MORPHO34104 MOVE32452 ONE3945 PENGU34466 PEPE24478 POL28321 POPCAT28782 "
        "S32684 STRK22691 STX4847 SUI20947 TAO22974 TIA22861 TON11419 TRUMP35336 UNI7083 WAL36119 WLFI33251 "
        "ZK24091"
    ).split()
}
"""Coins whose usual ticker is nothing at Yahoo, or another coin of that ticker: it puts CoinMarketCap's id behind."""
COIN_NAME = {yahoo: usual for usual, yahoo in COIN_TICKER.items()}

FUTURE_ROOT = {bloomberg: yahoo for bloomberg, yahoo, _, _ in _pairs(_FUTURES)}
"""Bloomberg root -> Yahoo root of the continuous front month (`CL=F`)."""
FUTURES = {yahoo: Future(bloomberg, venue, *_SORTS[sort]) for bloomberg, yahoo, venue, sort in _pairs(_FUTURES)}


def index_currency(ticker: str) -> str:
    """Currency of an index: the table's, else that of the exchange its suffix names, else USD."""
    venue = BY_SUFFIX.get(ticker.rpartition(".")[2]) if "." in ticker else None
    return INDEX_CURRENCY.get(ticker) or (venue.currency if venue else "USD")
