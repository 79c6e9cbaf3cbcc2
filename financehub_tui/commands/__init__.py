"""The command line as pure code: grammar, registry types, completion, history. No I/O, no Textual."""
