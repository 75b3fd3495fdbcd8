"""What answers cost: prices, the account of one answer, and the day's ledger."""
