"""A copy of the site as files, which needs no server: pages that the site itself wrote, with their
links made relative, data sets, a small index for the search, and a signed list of all of it."""
