"""Where bytes come from: folders, archives, git mirrors."""
