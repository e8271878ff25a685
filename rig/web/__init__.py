"""The operator's page: one running assessment (`desk`), what it shows (`frames`), and the server that shows it."""
