"""The primitives and functions of the language, module by module; importing one fills the tables."""
