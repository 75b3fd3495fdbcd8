"""What visitors share and hold: open corpora, models, answers under way."""
