"""Frankfurter: reference rates of the ECB and of other central banks as JSON, keyless, from an open service."""
