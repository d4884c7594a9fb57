"""From grammar rules to the tree of expressions: a function for each kind of rule.

A builder gets the values of the rule's symbols (tokens are their texts) and the place of the whole.
"""
