"""From packets and marks to the result document: one pure way, live and replay alike."""
