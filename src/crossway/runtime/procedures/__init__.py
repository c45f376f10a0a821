"""Remote procedures over HTTP: JSON-RPC 2.0 and XML-RPC, in front of services and behind the gateway."""
