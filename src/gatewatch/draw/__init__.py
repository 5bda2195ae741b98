"""Pictures as SVG: one toolkit (palette, text, marks, scale, axis, key, coverage), and a file for
each thing that is drawn (case, listings, episodes, measurement, comparison, growth)."""
