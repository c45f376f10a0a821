"""gRPC and its relatives, translated message by message: Connect for gRPC services, gRPC for REST services.

Law: a client is answered in its own protocol, whatever goes wrong, and a stream goes on as it comes.
"""
