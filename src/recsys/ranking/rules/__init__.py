"""The permission rules: one named predicate in a file each, and the registry that names, versions and orders them."""
