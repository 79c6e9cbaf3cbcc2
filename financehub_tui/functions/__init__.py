"""One module per mnemonic: `SPEC` declares it, `async load(desk, call)` answers with a Report. No drawing."""
