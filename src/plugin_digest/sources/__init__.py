"""Sources: one module per system that counts are pulled from; foreign payloads and errors end here."""
