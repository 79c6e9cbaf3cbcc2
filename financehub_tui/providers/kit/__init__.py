"""The transport kit every source stands on: HTTP with limits, retries and a circuit; streams; decoding."""
