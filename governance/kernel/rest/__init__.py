"""What every REST door shares: problem details, keyset pages, ETags, fast JSON."""
