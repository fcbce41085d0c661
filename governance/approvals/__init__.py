"""Cases, steps, decisions: who approved what, on which evidence."""
