"""Who is who: the certificates that proxies present, and our own authority for the stream between us and them."""
