"""Objects of Kubernetes as the Kong Ingress Controller reads them.

Kong knows no namespaces: its controller brings everything into one. So do these: whatever namespace an object is in,
its routes, consumers and certificates are in the default one, and its services stay where they are.
"""
