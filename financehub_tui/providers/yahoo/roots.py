"""Bloomberg's names of indices, yields and futures beside Yahoo's."""

from __future__ import annotations

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
OBX OBX.OL NOK
WIG20 WIG20.WA PLN
XU100 XU100.IS TRY
TA-35 TA35.TA ILS
SASEIDX ^TASI.SR SAR
TOP40 ^J200.JO ZAR
NKY ^N225 JPY
HSI ^HSI HKD
HSCEI ^HSCE HKD
SHCOMP 000001.SS CNY
SZCOMP 399001.SZ CNY
SHSZ300 000300.SS CNY
TWSE ^TWII TWD
KOSPI ^KS11 KRW
KOSDAQ ^KQ11 KRW
STI ^STI SGD
FBMKLCI ^KLSE MYR
JCI ^JKSE IDR
SET ^SET.BK THB
SENSEX ^BSESN INR
NIFTY ^NSEI INR
AS51 ^AXJO AUD
AS30 ^AORD AUD
NZSE50FG ^NZ50 NZD
"""

_FUTURES = """
CL CL
CO BZ
NG NG
XB RB
HO HO
GC GC
SI SI
HG HG
PL PL
PA PA
C ZC
S ZS
W ZW
KW KE
SM ZM
BO ZL
O ZO
RR ZR
KC KC
SB SB
CC CC
CT CT
JO OJ
LC LE
FC GF
LH HE
ES ES
NQ NQ
RTY RTY
DM YM
NK NKD
TU ZT
FV ZF
TY ZN
US ZB
EC 6E
JY 6J
BP 6B
AD 6A
CD 6C
SF 6S
NV 6N
PE 6M
BTC BTC
DCR ETH
"""


def _pairs(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


INDEX_TICKER = {bloomberg: yahoo for bloomberg, yahoo, _ in _pairs(_INDICES)}
INDEX_NAME = {yahoo: bloomberg for bloomberg, yahoo in INDEX_TICKER.items()}
INDEX_CURRENCY = {yahoo: currency for _, yahoo, currency in _pairs(_INDICES)}

YIELD_TICKER = {"3M": "^IRX", "5Y": "^FVX", "10Y": "^TNX", "30Y": "^TYX"}
"""US Treasury tenors Yahoo carries; its values are yields in percent."""
YIELD_TENOR = {yahoo: tenor for tenor, yahoo in YIELD_TICKER.items()}

FUTURE_ROOT = dict(_pairs(_FUTURES))
"""Bloomberg root -> Yahoo root of the continuous front month (`CL=F`)."""
FUTURE_NAME = {yahoo: bloomberg for bloomberg, yahoo in FUTURE_ROOT.items()}
FUTURES_ON_INDICES = frozenset({"ES", "NQ", "RTY", "YM", "NKD"})


def index_currency(ticker: str) -> str:
    """Currency of an index: the table's, else that of the exchange its suffix names, else USD."""
    venue = BY_SUFFIX.get(ticker.rpartition(".")[2]) if "." in ticker else None
    return INDEX_CURRENCY.get(ticker) or (venue.currency if venue else "USD")
