"""A session's result for other systems: FHIR, REDCap, Motion-BIDS, tables, samples for viewers."""
