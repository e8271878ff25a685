"""Results of many sessions: kept by content and algorithm, compared over visits, people and versions."""
