"""Widgets that draw the blocks of a Report; `report_view.ReportView` composes a whole one."""
