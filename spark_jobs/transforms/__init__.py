"""Pure DataFrame and Column functions that sources share."""
