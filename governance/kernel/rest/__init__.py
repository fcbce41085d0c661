"""What every REST door shares: problem details, keyset pages, ETags, fast JSON."""

API_PREFIX = "/api/"  # every address of the API begins so, and no page's does
