"""Syntax as fully parenthesised text, from gradcli's trees and CPython's: equal text is equal structure."""

from __future__ import annotations

import ast
from typing import Any

from gradcli.language import tree

INDENT = "    "

# Gradcli's trees --------------------------------------------------------------------------------------------


def form_of_tree(module: tree.Module) -> str:
    return "\n".join(_tree_body(module.body, ""))


def _tree_body(body: tree.Body, indent: str) -> list[str]:
    return [line for statement in body for line in _tree_statement(statement, indent)]


def _tree_statement(node: Any, indent: str) -> list[str]:
    inner = indent + INDENT
    match node:
        case tree.Assign(targets, value):
            return [indent + " = ".join(form(part) for part in (*targets, value))]
        case tree.AugmentedAssign(target, operator, value):
            return [f"{indent}{form(target)} {operator}= {form(value)}"]
        case tree.ExpressionStatement(value):
            return [indent + form(value)]
        case tree.If(branches, otherwise):
            (condition, body), *others = branches
            lines = [f"{indent}if {form(condition)}:", *_tree_body(body, inner)]
            if others:
                return [*lines, f"{indent}else:", *_tree_statement(node._replace(branches=others), inner)]
            return lines + ([f"{indent}else:", *_tree_body(otherwise, inner)] if otherwise else [])
        case tree.While(condition, body):
            return [f"{indent}while {form(condition)}:", *_tree_body(body, inner)]
        case tree.For(target, iterable, body):
            return [f"{indent}for {form(target)} in {form(iterable)}:", *_tree_body(body, inner)]
        case tree.Define(name, _, parameters, body):
            return [f"{indent}def {name}({_tree_parameters(parameters)}):", *_tree_body(body, inner)]
        case tree.NoGrad(body):
            return [f"{indent}with no_grad():", *_tree_body(body, inner)]
        case tree.Return(value):
            return [indent + ("return" if value is None else f"return {form(value)}")]
        case tree.Assert(condition, message):
            return [f"{indent}assert {form(condition)}" + (f", {form(message)}" if message else "")]
    return [indent + type(node).__name__.lower()]


def _tree_parameters(parameters: tuple[tree.Parameter, ...]) -> str:
    return ", ".join(p.name if p.default is None else f"{p.name}={form(p.default)}" for p in parameters)


def form(node: Any) -> str:
    match node:
        case tree.Number(value) | tree.String(value):
            return repr(value)
        case tree.Constant(value):
            return "..." if value is ... else repr(value)
        case tree.Name(name):
            return name
        case tree.Lambda(parameters, body):
            return f"(lambda {_tree_parameters(parameters)}: {form(body)})"
    return _tree_operation(node) or _tree_bracket(node)


def _tree_operation(node: Any) -> str | None:
    match node:
        case tree.Binary(first, rest):
            text = form(first)
            for operator, operand in rest:
                text = f"({text} {operator} {form(operand)})"
            return text
        case tree.Power(operands):
            *bases, last = map(form, operands)
            for base in reversed(bases):
                last = f"({base} ** {last})"
            return last
        case tree.Unary(operators, operand):
            text = form(operand)
            for operator in reversed(operators):
                text = f"({operator} {text})"
            return text
        case tree.Compare(first, rest):
            return f"({form(first)}{''.join(f' {operator} {form(x)}' for operator, x in rest)})"
        case tree.Logical(operator, operands):
            return f"({f' {operator} '.join(map(form, operands))})"
        case tree.Conditional(branches, otherwise):
            text = form(otherwise)
            for value, condition in reversed(branches):
                text = f"({form(value)} if {form(condition)} else {text})"
            return text
    return None


def _tree_bracket(node: Any) -> str:
    match node:
        case tree.Call(function, arguments):
            parts = [f"{a.keyword}={form(a.value)}" if a.keyword else form(a.value) for a in arguments]
            return f"{form(function)}({', '.join(parts)})"
        case tree.Attribute(base, name):
            return f"{form(base)}.{name}"
        case tree.Slice(start, stop, step):
            return ":".join("" if part is None else form(part) for part in (start, stop, step))
        case tree.Subscript(base, items, is_tuple):
            return f"{form(base)}[{_tuple(map(form, items)) if is_tuple else form(items[0])}]"
        case tree.ListLiteral(items):
            return f"[{', '.join(map(form, items))}]"
        case tree.TupleLiteral(items):
            return _tuple(map(form, items))
        case tree.Comprehension(element, clauses, is_generator):
            text = form(element)
            for target, iterable, conditions in clauses:
                text += f" for {form(target)} in {form(iterable)}"
                text += "".join(f" if {form(condition)}" for condition in conditions)
            return f"<{text}>" if is_generator else f"[{text}]"
    raise AssertionError(node)


def _tuple(items: Any) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


# CPython's trees --------------------------------------------------------------------------------------------

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Invert: "~",
    ast.Pow: "**",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Not: "not",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def form_of_python(module: ast.Module) -> str:
    return "\n".join(_python_body(module.body, ""))


def _python_body(body: list[ast.stmt], indent: str) -> list[str]:
    return [line for statement in body for line in _python_statement(statement, indent)]


def _python_statement(node: ast.stmt, indent: str) -> list[str]:
    match node:
        case ast.Assign(targets, value):
            return [indent + " = ".join(python_form(part) for part in (*targets, value))]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return [f"{indent}{python_form(target)} = {python_form(value)}"]
        case ast.AugAssign(target, operator, value):
            return [f"{indent}{python_form(target)} {OPERATORS[type(operator)]}= {python_form(value)}"]
        case ast.Expr(ast.Constant(str())) | ast.Import() | ast.ImportFrom():
            return [indent + "pass"]
        case ast.Expr(value):
            return [indent + python_form(value)]
        case ast.Return(value):
            return [indent + ("return" if value is None else f"return {python_form(value)}")]
        case ast.Assert(condition, message):
            rest = f", {python_form(message)}" if message else ""
            return [f"{indent}assert {python_form(condition)}{rest}"]
    return _python_compound(node, indent) or [indent + type(node).__name__.lower()]


def _python_compound(node: ast.stmt, indent: str) -> list[str] | None:
    inner = indent + INDENT
    match node:
        case ast.If(condition, body, otherwise):
            lines = [f"{indent}if {python_form(condition)}:", *_python_body(body, inner)]
            return lines + ([f"{indent}else:", *_python_body(otherwise, inner)] if otherwise else [])
        case ast.While(condition, body):
            return [f"{indent}while {python_form(condition)}:", *_python_body(body, inner)]
        case ast.For(target, iterable, body):
            head = f"{indent}for {python_form(target)} in {python_form(iterable)}:"
            return [head, *_python_body(body, inner)]
        case ast.FunctionDef(name, arguments, body):
            return [f"{indent}def {name}({_python_parameters(arguments)}):", *_python_body(body, inner)]
        case ast.With(_, body):
            return [f"{indent}with no_grad():", *_python_body(body, inner)]
    return None


def _python_parameters(arguments: ast.arguments) -> str:
    missing: list[Any] = [None] * (len(arguments.args) - len(arguments.defaults))
    pairs = zip(arguments.args, [*missing, *arguments.defaults], strict=True)
    return ", ".join(a.arg if default is None else f"{a.arg}={python_form(default)}" for a, default in pairs)


def python_form(node: ast.expr) -> str:
    match node:
        case ast.Constant(value):
            return "..." if value is ... else repr(value)
        case ast.Name(name):
            return name
        case ast.BinOp(left, operator, right):
            return f"({python_form(left)} {OPERATORS[type(operator)]} {python_form(right)})"
        case ast.UnaryOp(operator, operand):
            return f"({OPERATORS[type(operator)]} {python_form(operand)})"
        case ast.Compare(first, operators, operands):
            pairs = zip(operators, operands, strict=True)
            rest = "".join(f" {OPERATORS[type(operator)]} {python_form(x)}" for operator, x in pairs)
            return f"({python_form(first)}{rest})"
        case ast.BoolOp(operator, operands):
            return f"({f' {OPERATORS[type(operator)]} '.join(map(python_form, operands))})"
        case ast.IfExp(condition, value, otherwise):
            return f"({python_form(value)} if {python_form(condition)} else {python_form(otherwise)})"
        case ast.Lambda(arguments, body):
            return f"(lambda {_python_parameters(arguments)}: {python_form(body)})"
    return _python_bracket(node)


def _python_bracket(node: ast.expr) -> str:
    match node:
        case ast.Call(function, arguments, keywords):
            parts = [python_form(argument) for argument in arguments]
            parts += [f"{keyword.arg}={python_form(keyword.value)}" for keyword in keywords]
            return f"{python_form(function)}({', '.join(parts)})"
        case ast.Attribute(base, name):
            return f"{python_form(base)}.{name}"
        case ast.Slice(start, stop, step):
            return ":".join("" if part is None else python_form(part) for part in (start, stop, step))
        case ast.Subscript(base, index):
            return f"{python_form(base)}[{python_form(index)}]"
        case ast.List(items):
            return f"[{', '.join(map(python_form, items))}]"
        case ast.Tuple(items):
            return _tuple(map(python_form, items))
        case ast.ListComp(element, clauses) | ast.GeneratorExp(element, clauses):
            text = python_form(element)
            for clause in clauses:
                text += f" for {python_form(clause.target)} in {python_form(clause.iter)}"
                text += "".join(f" if {python_form(condition)}" for condition in clause.ifs)
            return f"[{text}]" if isinstance(node, ast.ListComp) else f"<{text}>"
    raise AssertionError(ast.dump(node))
