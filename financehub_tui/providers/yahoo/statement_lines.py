"""The lines of Yahoo's statements in the order they are read: their names in the interface and in words."""

from __future__ import annotations

from financehub_tui.market.company import StatementKind

_INCOME = """
TotalRevenue: Total revenue
OperatingRevenue: Operating revenue
CostOfRevenue: Cost of revenue
GrossProfit: Gross profit
OperatingExpense: Operating expense
SellingGeneralAndAdministration: Selling, general, administration
ResearchAndDevelopment: Research and development
DepreciationAndAmortizationInIncomeStatement: Depreciation, amortisation
OtherOperatingExpenses: Other operating expenses
OperatingIncome: Operating income
InterestIncome: Interest income
InterestExpense: Interest expense
NetInterestIncome: Net interest income
CreditLossesProvision: Provision for credit losses
NonInterestIncome: Non-interest income
NonInterestExpense: Non-interest expense
TotalPremiumsEarned: Premiums earned
InterestIncomeNonOperating: Interest income, non-operating
InterestExpenseNonOperating: Interest expense, non-operating
NetNonOperatingInterestIncomeExpense: Net non-operating interest
EarningsFromEquityInterest: Earnings from equity interest
GainOnSaleOfSecurity: Gain on sale of securities
SpecialIncomeCharges: Special charges
OtherNonOperatingIncomeExpenses: Other non-operating income
OtherIncomeExpense: Other income and expense
PretaxIncome: Pretax income
TaxProvision: Tax provision
NetIncomeContinuousOperations: Net income, continuing operations
NetIncomeDiscontinuousOperations: Net income, discontinued operations
NetIncomeIncludingNoncontrollingInterests: Net income with minorities
MinorityInterests: Minority interests
NetIncome: Net income
PreferredStockDividends: Preferred dividends
NetIncomeCommonStockholders: Net income to common
BasicEPS: EPS, basic
DilutedEPS: EPS, diluted
BasicAverageShares: Average shares, basic
DilutedAverageShares: Average shares, diluted
TotalOperatingIncomeAsReported: Operating income as reported
TotalExpenses: Total expenses
TotalUnusualItems: Unusual items
NormalizedIncome: Normalised income
EBIT: EBIT
EBITDA: EBITDA
NormalizedEBITDA: Normalised EBITDA
ReconciledCostOfRevenue: Reconciled cost of revenue
ReconciledDepreciation: Reconciled depreciation
TaxRateForCalcs: Tax rate used
TaxEffectOfUnusualItems: Tax effect of unusual items
"""

_BALANCE = """
TotalAssets: Total assets
CurrentAssets: Current assets
CashCashEquivalentsAndShortTermInvestments: Cash and short-term investments
CashAndCashEquivalents: Cash and equivalents
OtherShortTermInvestments: Other short-term investments
Receivables: Receivables
AccountsReceivable: Accounts receivable
OtherReceivables: Other receivables
Inventory: Inventory
PrepaidAssets: Prepaid assets
OtherCurrentAssets: Other current assets
TotalNonCurrentAssets: Non-current assets
NetPPE: Property, plant, equipment, net
GrossPPE: Property, plant, equipment, gross
AccumulatedDepreciation: Accumulated depreciation
GoodwillAndOtherIntangibleAssets: Goodwill and intangibles
Goodwill: Goodwill
OtherIntangibleAssets: Other intangibles
InvestmentsAndAdvances: Investments and advances
NetLoan: Net loans
SecuritiesAndInvestments: Securities and investments
NonCurrentDeferredAssets: Non-current deferred assets
OtherNonCurrentAssets: Other non-current assets
TotalLiabilitiesNetMinorityInterest: Total liabilities
CurrentLiabilities: Current liabilities
PayablesAndAccruedExpenses: Payables and accrued expenses
AccountsPayable: Accounts payable
TotalTaxPayable: Tax payable
CurrentDebtAndCapitalLeaseObligation: Current debt and leases
CurrentDebt: Current debt
CommercialPaper: Commercial paper
CurrentDeferredRevenue: Deferred revenue, current
OtherCurrentLiabilities: Other current liabilities
TotalNonCurrentLiabilitiesNetMinorityInterest: Non-current liabilities
LongTermDebtAndCapitalLeaseObligation: Long-term debt and leases
LongTermDebt: Long-term debt
LongTermCapitalLeaseObligation: Long-term leases
NonCurrentDeferredRevenue: Deferred revenue, non-current
NonCurrentDeferredTaxesLiabilities: Deferred taxes, non-current
TradeandOtherPayablesNonCurrent: Payables, non-current
OtherNonCurrentLiabilities: Other non-current liabilities
TotalDeposits: Deposits
TotalEquityGrossMinorityInterest: Total equity with minorities
StockholdersEquity: Stockholders' equity
CapitalStock: Capital stock
CommonStock: Common stock
PreferredStock: Preferred stock
AdditionalPaidInCapital: Additional paid-in capital
RetainedEarnings: Retained earnings
TreasuryStock: Treasury stock
GainsLossesNotAffectingRetainedEarnings: Other comprehensive income
MinorityInterest: Minority interest
TotalCapitalization: Total capitalisation
CommonStockEquity: Common equity
NetTangibleAssets: Net tangible assets
TangibleBookValue: Tangible book value
WorkingCapital: Working capital
InvestedCapital: Invested capital
TotalDebt: Total debt
NetDebt: Net debt
ShareIssued: Shares issued
OrdinarySharesNumber: Ordinary shares
TreasurySharesNumber: Treasury shares
"""

_CASH_FLOW = """
OperatingCashFlow: Operating cash flow
NetIncomeFromContinuingOperations: Net income, continuing operations
DepreciationAmortizationDepletion: Depreciation, amortisation, depletion
DeferredTax: Deferred tax
StockBasedCompensation: Stock-based compensation
AssetImpairmentCharge: Impairment
OperatingGainsLosses: Operating gains and losses
OtherNonCashItems: Other non-cash items
ChangeInWorkingCapital: Change in working capital
ChangeInReceivables: Change in receivables
ChangeInInventory: Change in inventory
ChangeInPayablesAndAccruedExpense: Change in payables
ChangeInOtherCurrentAssets: Change in other current assets
ChangeInOtherCurrentLiabilities: Change in other current liabilities
ChangeInOtherWorkingCapital: Change in other working capital
InvestingCashFlow: Investing cash flow
CapitalExpenditure: Capital expenditure
NetPPEPurchaseAndSale: Property, plant, equipment, net
PurchaseOfPPE: Purchase of property, plant, equipment
NetIntangiblesPurchaseAndSale: Intangibles, net
NetBusinessPurchaseAndSale: Businesses, net
PurchaseOfBusiness: Purchase of businesses
SaleOfBusiness: Sale of businesses
NetInvestmentPurchaseAndSale: Investments, net
PurchaseOfInvestment: Purchase of investments
SaleOfInvestment: Sale of investments
NetOtherInvestingChanges: Other investing
FinancingCashFlow: Financing cash flow
NetIssuancePaymentsOfDebt: Debt, net
IssuanceOfDebt: Issuance of debt
RepaymentOfDebt: Repayment of debt
NetLongTermDebtIssuance: Long-term debt, net
NetShortTermDebtIssuance: Short-term debt, net
NetCommonStockIssuance: Common stock, net
CommonStockIssuance: Issuance of common stock
RepurchaseOfCapitalStock: Repurchase of stock
CashDividendsPaid: Dividends paid
ProceedsFromStockOptionExercised: Proceeds from options exercised
NetOtherFinancingCharges: Other financing
ChangesInCash: Change in cash
EffectOfExchangeRateChanges: Effect of exchange rates
BeginningCashPosition: Cash at beginning
EndCashPosition: Cash at end
FreeCashFlow: Free cash flow
IncomeTaxPaidSupplementalData: Income tax paid
InterestPaidSupplementalData: Interest paid
"""

_VALUATION = """
PeRatio: Price / earnings
ForwardPeRatio: Price / earnings, forward
PegRatio: Price / earnings to growth
PsRatio: Price / sales
PbRatio: Price / book
EnterprisesValueRevenueRatio: Enterprise value / revenue
EnterprisesValueEBITDARatio: Enterprise value / EBITDA
"""


def _read(text: str) -> dict[str, str]:
    pairs = (line.partition(": ") for line in text.strip().splitlines())
    return {name: title for name, _, title in pairs}


LINES = {
    StatementKind.INCOME: _read(_INCOME),
    StatementKind.BALANCE: _read(_BALANCE),
    StatementKind.CASH_FLOW: _read(_CASH_FLOW),
    StatementKind.RATIOS: _read(_VALUATION),
}
"""Titles by name for each statement; the ratios are those Yahoo gives itself, see `ratios.py` for ours."""


def in_no_currency(name: str) -> bool:
    """True for counts, rates and per-share figures: Yahoo marks them with the listing's currency, whatever it is."""
    return "EPS" in name or "Shares" in name or name == "ShareIssued" or "Rate" in name or "Ratio" in name
