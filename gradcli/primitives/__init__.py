"""The primitives and functions of the language, one module a family; importing one fills the tables."""
