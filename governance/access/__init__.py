"""Who may do what: users, teams, roles, tokens and the one rule table."""
