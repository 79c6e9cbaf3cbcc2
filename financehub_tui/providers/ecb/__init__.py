"""Euro reference rates of the European Central Bank: one value a day, free to reuse with the source named."""
