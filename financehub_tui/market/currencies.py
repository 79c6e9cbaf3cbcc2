"""ISO 4217 currencies: code and name. Facts of the standard, typed by hand."""

from __future__ import annotations

MAJORS = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
"""The eight majors in market convention: of two, the earlier one is the base of the pair."""

METALS = ("XAU", "XAG", "XPT", "XPD")

_TABLE = """
AED UAE Dirham|AFN Afghani|ALL Albanian Lek|AMD Armenian Dram|AOA Angolan Kwanza|ARS Argentine Peso
AUD Australian Dollar|AWG Aruban Florin|AZN Azerbaijan Manat|BAM Convertible Mark|BBD Barbados Dollar
BDT Bangladeshi Taka|BGN Bulgarian Lev|BHD Bahraini Dinar|BIF Burundi Franc|BMD Bermudian Dollar|BND Brunei Dollar
BOB Boliviano|BRL Brazilian Real|BSD Bahamian Dollar|BTN Bhutanese Ngultrum|BWP Botswana Pula|BYN Belarusian Ruble
BZD Belize Dollar|CAD Canadian Dollar|CDF Congolese Franc|CHF Swiss Franc|CLP Chilean Peso|CNH Offshore Yuan
CNY Yuan Renminbi|COP Colombian Peso|CRC Costa Rican Colon|CUP Cuban Peso|CVE Cabo Verde Escudo|CZK Czech Koruna
DJF Djibouti Franc|DKK Danish Krone|DOP Dominican Peso|DZD Algerian Dinar|EGP Egyptian Pound|ERN Eritrean Nakfa
ETB Ethiopian Birr|EUR Euro|FJD Fiji Dollar|FKP Falkland Islands Pound|GBP Pound Sterling|GEL Georgian Lari
GHS Ghana Cedi|GIP Gibraltar Pound|GMD Gambian Dalasi|GNF Guinean Franc|GTQ Guatemalan Quetzal|GYD Guyana Dollar
HKD Hong Kong Dollar|HNL Honduran Lempira|HTG Haitian Gourde|HUF Hungarian Forint|IDR Indonesian Rupiah
ILS Israeli Shekel|INR Indian Rupee|IQD Iraqi Dinar|IRR Iranian Rial|ISK Iceland Krona|JMD Jamaican Dollar
JOD Jordanian Dinar|JPY Japanese Yen|KES Kenyan Shilling|KGS Kyrgyzstani Som|KHR Cambodian Riel|KMF Comorian Franc
KPW North Korean Won|KRW South Korean Won|KWD Kuwaiti Dinar|KYD Cayman Islands Dollar|KZT Kazakhstani Tenge
LAK Lao Kip|LBP Lebanese Pound|LKR Sri Lanka Rupee|LRD Liberian Dollar|LSL Lesotho Loti|LYD Libyan Dinar
MAD Moroccan Dirham|MDL Moldovan Leu|MGA Malagasy Ariary|MKD Macedonian Denar|MMK Myanmar Kyat|MNT Mongolian Tugrik
MOP Macao Pataca|MRU Mauritanian Ouguiya|MUR Mauritius Rupee|MVR Maldivian Rufiyaa|MWK Malawi Kwacha
MXN Mexican Peso|MYR Malaysian Ringgit|MZN Mozambique Metical|NAD Namibia Dollar|NGN Nigerian Naira
NIO Nicaraguan Cordoba|NOK Norwegian Krone|NPR Nepalese Rupee|NZD New Zealand Dollar|OMR Omani Rial
PAB Panamanian Balboa|PEN Peruvian Sol|PGK Papua New Guinean Kina|PHP Philippine Peso|PKR Pakistan Rupee
PLN Polish Zloty|PYG Paraguayan Guarani|QAR Qatari Rial|RON Romanian Leu|RSD Serbian Dinar|RUB Russian Ruble
RWF Rwanda Franc|SAR Saudi Riyal|SBD Solomon Islands Dollar|SCR Seychelles Rupee|SDG Sudanese Pound|SEK Swedish Krona
SGD Singapore Dollar|SHP Saint Helena Pound|SLE Sierra Leonean Leone|SOS Somali Shilling|SRD Surinam Dollar
SSP South Sudanese Pound|STN Sao Tome Dobra|SYP Syrian Pound|SZL Eswatini Lilangeni|THB Thai Baht|TJS Tajik Somoni
TMT Turkmenistan Manat|TND Tunisian Dinar|TOP Tongan Pa'anga|TRY Turkish Lira|TTD Trinidad and Tobago Dollar
TWD New Taiwan Dollar|TZS Tanzanian Shilling|UAH Ukrainian Hryvnia|UGX Uganda Shilling|USD US Dollar|UYU Uruguayan Peso
UZS Uzbekistan Sum|VES Venezuelan Bolivar|VND Vietnamese Dong|VUV Vanuatu Vatu|WST Samoan Tala
XAF Central African CFA Franc|XAG Silver Ounce|XAU Gold Ounce|XCD East Caribbean Dollar|XOF West African CFA Franc
XPD Palladium Ounce|XPF CFP Franc|XPT Platinum Ounce|YER Yemeni Rial|ZAR South African Rand|ZMW Zambian Kwacha
ZWG Zimbabwe Gold
"""

CURRENCIES: dict[str, str] = {
    entry[:3]: entry[4:].strip() for line in _TABLE.strip().splitlines() for entry in line.split("|")
}
"""Code to English name. CNH, the offshore yuan, is market usage and not in the standard."""

_NO_MINOR = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())


def pair_decimals(base: str, quote: str) -> int:
    """Decimals spot FX is quoted with: a tenth of a pip, so 5, or 3 against the yen and the like; metals 2."""
    if base in METALS:
        return 2
    return 3 if quote in _NO_MINOR or quote in ("HUF", "INR", "THB", "PHP", "RUB", "TWD") else 5
