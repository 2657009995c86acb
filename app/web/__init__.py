"""Common to all requests: headers, cookies, languages, error pages, rate limits, static files, the base form."""
