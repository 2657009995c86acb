"""What every request passes: headers, cookies, languages, errors as pages, rate limits, static files, the base form."""
