"""The crash matrix: kills orderd before its system calls, or makes them fail, and looks at what its next start makes of it."""
