"""Plugins in processes of their own: started, watched and restarted by the proxy, and reached over Unix sockets."""
