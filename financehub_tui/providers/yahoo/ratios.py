"""Ratios computed from the lines of Yahoo's statements of one period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from financehub_tui.market.company import StatementKind
from financehub_tui.providers.yahoo.statement_lines import LINES

Figures = Mapping[str, float]


class Ratio(NamedTuple):
    """One ratio; `value` gives None where it makes no sense, and is asked only where all `needs` are there."""

    name: str
    title: str
    needs: tuple[str, ...]
    value: Callable[..., float | None]


def _over(above: float, below: float) -> float | None:
    """A quotient over something positive."""
    return above / below if below > 0 else None


def _each_over(above: str, below: str, name: str, title: str) -> Ratio:
    return Ratio(name, title, (above, below), _over)


RATIOS = (
    _each_over("GrossProfit", "TotalRevenue", "GrossMargin", "Gross margin"),
    _each_over("EBITDA", "TotalRevenue", "EBITDAMargin", "EBITDA margin"),
    _each_over("OperatingIncome", "TotalRevenue", "OperatingMargin", "Operating margin"),
    _each_over("NetIncome", "TotalRevenue", "NetMargin", "Net margin"),
    _each_over("FreeCashFlow", "TotalRevenue", "FreeCashFlowMargin", "Free cash flow margin"),
    _each_over("TaxProvision", "PretaxIncome", "TaxRate", "Tax rate"),
    _each_over("NetIncome", "StockholdersEquity", "ReturnOnEquity", "Return on equity"),
    _each_over("NetIncome", "TotalAssets", "ReturnOnAssets", "Return on assets"),
    _each_over("TotalRevenue", "TotalAssets", "AssetTurnover", "Asset turnover"),
    _each_over("CurrentAssets", "CurrentLiabilities", "CurrentRatio", "Current ratio"),
    Ratio(
        "QuickRatio",
        "Quick ratio",
        ("CashCashEquivalentsAndShortTermInvestments", "Receivables", "CurrentLiabilities"),
        lambda cash, receivables, liabilities: _over(cash + receivables, liabilities),
    ),
    _each_over("TotalDebt", "StockholdersEquity", "DebtToEquity", "Debt / equity"),
    _each_over("TotalDebt", "EBITDA", "DebtToEBITDA", "Debt / EBITDA"),
    _each_over("EBIT", "InterestExpense", "InterestCover", "Interest cover"),
    _each_over("OperatingCashFlow", "NetIncome", "CashConversion", "Cash conversion"),
)
"""Flows of the period over flows of the period, or over the balance at its end; nothing is annualised."""

NEEDED = tuple(dict.fromkeys(name for ratio in RATIOS for name in ratio.needs))


def stands_in_balance(name: str) -> bool:
    """True for a figure of a day, which has no trailing twelve months."""
    return name in LINES[StatementKind.BALANCE]


def ratio_of(ratio: Ratio, figures: Figures) -> float | None:
    """The ratio of one period; None where a figure is missing or it makes no sense."""
    try:
        return ratio.value(*(figures[name] for name in ratio.needs))
    except KeyError:
        return None
