"""What the service does, apart from how it is called: HTTP handlers and triggers both come here."""
