{
  "id": "",
  "lang": "typescript",
  "global_cors": {
    "allow_headers": ["Idempotency-Key", "If-Match", "X-Correlation-ID"],
    "expose_headers": ["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Correlation-ID"]
  }
}
