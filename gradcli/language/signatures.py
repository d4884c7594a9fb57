"""Python's rules for the order and the names of parameters and arguments."""

from __future__ import annotations

from gradcli.errors import ProgramError
from gradcli.language import tree


def check_parameters(parameters: tuple[tree.Parameter, ...]) -> None:
    """Each name once, and those with a default after those without."""
    seen: set[str] = set()
    optional = None
    for parameter in parameters:
        if parameter.name in seen:
            raise ProgramError(f"the parameter `{parameter.name}` is repeated", span=parameter.span)
        if parameter.default is not None:
            optional = parameter.name
        elif optional is not None:
            message = (
                f"the parameter `{parameter.name}` without a default follows `{optional}`, which has one"
            )
            raise ProgramError(message, span=parameter.span, help=f"give `{parameter.name}` a default too")
        seen.add(parameter.name)


def check_arguments(arguments: tuple[tree.Argument, ...]) -> None:
    """Each keyword once, and after the positional arguments."""
    seen: set[str] = set()
    for argument in arguments:
        if argument.keyword in seen:
            raise ProgramError(f"the argument `{argument.keyword}` is repeated", span=argument.span)
        if argument.keyword is not None:
            seen.add(argument.keyword)
        elif seen:
            message = "a positional argument follows a keyword argument"
            raise ProgramError(message, span=argument.span, help="put the arguments without a name first")
