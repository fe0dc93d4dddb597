"""Parts of `morseloss network` for folders that grow, are shared out, and merge."""
