"""Methods of authentication that no filter of the proxy knows: the control plane checks them, a call for each request.

`service` answers the proxies; each method is a module of its own, and knows neither gRPC nor the others.
"""
