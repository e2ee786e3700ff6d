"""Delivery: writes messages, hands them over and works off the ledger; knows neither store nor config."""
