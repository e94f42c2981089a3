"""The member's page: server-rendered, two languages, no script, nothing from elsewhere. Reads only."""
