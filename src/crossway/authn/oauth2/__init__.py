"""The authorization server behind the policy `oauth2_server` (OAuth 2.1, RFC 7009, 7662, 8414, 9068, 9207)."""
