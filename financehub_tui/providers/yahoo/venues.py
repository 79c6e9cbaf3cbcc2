"""Where Yahoo's tickers trade: ticker suffix, Yahoo and Bloomberg exchange codes, ISO 10383 MIC, price currency."""

from __future__ import annotations

import msgspec


class Venue(msgspec.Struct, frozen=True):
    """One exchange as Yahoo and Bloomberg name it."""

    suffix: str
    """What Yahoo puts behind the dot; empty in the United States."""
    codes: tuple[str, ...]
    """Yahoo's exchange codes, as `exchange` carries them."""
    mic: str
    bloomberg: tuple[str, ...]
    """Exchange codes of the Bloomberg form, the one we write first."""
    currency: str
    """ISO code, or one of Yahoo's codes for a minor unit (see `units.MINOR`)."""
    country: str


_TABLE = """
L    LSE     XLON LN    GBp GB
IL   IOB     XLON LI    USD GB
DE   GER     XETR GR,GY EUR DE
F    FRA     XFRA GF    EUR DE
SG   STU     XSTU GS    EUR DE
MU   MUN     XMUN GM    EUR DE
BE   BER     XBER GB    EUR DE
DU   DUS     XDUS GD    EUR DE
HM   HAM     XHAM GH    EUR DE
HA   HAN     XHAN GI    EUR DE
PA   PAR     XPAR FP    EUR FR
AS   AMS     XAMS NA    EUR NL
BR   BRU     XBRU BB    EUR BE
LS   LIS     XLIS PL    EUR PT
MI   MIL     XMIL IM    EUR IT
MC   MCE     XMAD SM,SQ EUR ES
VI   VIE     XWBO AV    EUR AT
SW   EBS     XSWX SW,SE CHF CH
IR   ISE     XDUB ID    EUR IE
HE   HEL     XHEL FH    EUR FI
ST   STO     XSTO SS    SEK SE
CO   CPH     XCSE DC    DKK DK
OL   OSL     XOSL NO    NOK NO
IC   ICE     XICE IR    ISK IS
TL   TAL     XTAL ET    EUR EE
RG   RIS     XRIS LR,LG EUR LV
VS   LIT     XLIT LH    EUR LT
WA   WSE     XWAR PW    PLN PL
PR   PRA     XPRA CP,CK CZK CZ
BD   BUD     XBUD HB    HUF HU
RO   BVB     XBSE RO    RON RO
AT   ATH     ASEX GA    EUR GR
IS   IST     XIST TI    TRY TR
TA   TLV     XTAE IT    ILA IL
JO   JNB     XJSE SJ    ZAc ZA
SR   SAU     XSAU AB    SAR SA
QA   DOH     DSMD QD    QAR QA
AE   DFM     XDFM UH    AED AE
CA   CAI     XCAI EY,EC EGP EG
T    JPX,TYO XTKS JP,JT JPY JP
HK   HKG     XHKG HK    HKD HK
SS   SHH     XSHG CH,CG CNY CN
SZ   SHZ     XSHE CS    CNY CN
TW   TAI     XTAI TT    TWD TW
TWO  TWO     ROCO TT    TWD TW
KS   KSC     XKRX KS,KP KRW KR
KQ   KOE     XKOS KQ    KRW KR
SI   SES     XSES SP    SGD SG
KL   KLS     XKLS MK    MYR MY
JK   JKT     XIDX IJ    IDR ID
BK   SET     XBKK TB    THB TH
PS   PHS,PHP XPHS PM    PHP PH
VN   VSE     XSTC VN    VND VN
NS   NSI     XNSE IN,IS INR IN
BO   BSE     XBOM IB    INR IN
AX   ASX     XASX AU,AT AUD AU
XA   CXA     CXAC AH    AUD AU
NZ   NZE     XNZE NZ    NZD NZ
TO   TOR     XTSE CN,CT CAD CA
V    VAN     XTSX CV    CAD CA
NE   NEO     NEOE QH    CAD CA
CN   CNQ     XCNQ CF    CAD CA
MX   MEX     XMEX MM    MXN MX
SA   SAO     BVMF BZ,BS BRL BR
BA   BUE     XBUE AR,AF ARS AR
SN   SGO     XSGO CI,CC CLP CL
CL   BVC     XBOG CB    COP CO
XC   CXE     CHIX XC    EUR GB
"""

_AMERICAN = {
    "NMS": "XNAS",
    "NGM": "XNAS",
    "NCM": "XNAS",
    "NIM": "XNAS",
    "NAS": "XNAS",
    "NYQ": "XNYS",
    "NYS": "XNYS",
    "ASE": "XASE",
    "PCX": "ARCX",
    "BTS": "BATS",
    "IEX": "IEXG",
    "PNK": "OTCM",
    "OQB": "OTCM",
    "OQX": "OTCM",
    "OEM": "OTCM",
    "OID": "OTCM",
    "OTC": "OTCM",
    "YHD": "",
}


def _parse(table: str) -> tuple[Venue, ...]:
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(
        Venue(suffix, tuple(codes.split(",")), mic, tuple(bloomberg.split(",")), currency, country)
        for suffix, codes, mic, bloomberg, currency, country in rows
    )


VENUES = _parse(_TABLE)
BY_SUFFIX = {venue.suffix: venue for venue in VENUES}
BY_MIC = {venue.mic: venue for venue in reversed(VENUES)}
BY_BLOOMBERG = {code: venue for venue in reversed(VENUES) for code in venue.bloomberg}
SEVERAL_CURRENCIES = frozenset({"L", "IL", "TA", "JO", "SW", "HK", "SI", "AS", "XC"})
"""Suffixes of exchanges on which neighbours are quoted in different currencies or units."""
AMERICAN_MICS = frozenset(mic for mic in _AMERICAN.values() if mic)
AMERICAN_CODES = frozenset({"US", "UN", "UW", "UQ", "UR", "UA", "UP", "UF", "PQ", "UV"})


def american_mic(code: str) -> str | None:
    """MIC of one of Yahoo's codes for an exchange in the United States; None for any other code."""
    return _AMERICAN.get(code)
