{
  "id": "",
  "lang": "typescript",
  "global_cors": {
    "allow_headers": [
      "Idempotency-Key",
      "If-Match",
      "If-None-Match",
      "X-Correlation-ID"
    ],
    "expose_headers": [
      "Axion-Error",
      "Content-Disposition",
      "ETag",
      "Idempotency-Replayed",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
      "X-Correlation-ID"
    ],
    "allow_origins_with_credentials": [
      "https://*"
    ]
  }
}
