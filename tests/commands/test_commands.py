"""What each command computes from its options; derivatives themselves are tested below the command line."""

import pytest

from tests.command_line import invoke, invoke_json


def test_grad_accumulates():
    words = ["grad", "2*dot(x,x)", "sum(x)", "--x", "0,1,2,3", "--accumulate"]
    document = invoke_json(*words)
    assert document["gradients"] == {"x": [1, 5, 9, 13]}
    assert document["values"] == [28, 6]
    assert document["programs"] == ["2*dot(x,x)", "sum(x)"]


def test_grad_accumulates_what_only_some_programs_use():
    document = invoke_json("grad", "x*x", "3*y", "x*y", "--accumulate", "--x", "2", "--y", "5")
    assert document["gradients"] == {"x": 9, "y": 5}


def test_grad_accumulates_structures():
    words = ["grad", "p.a*p.b[0]", "p.a", "--accumulate", "--p", '{"a": 2, "b": [{"c": 0}, 3]}']
    document = invoke_json(*[word.replace("b[0]", "b[1]") for word in words])
    assert document["gradients"] == {"p": {"a": 4, "b": [{"c": 0}, 2]}}


def test_wrt_and_const():
    words = ["grad", "u = x*y; u*z", "--x", "2", "--y", "3", "--z", "5"]
    assert invoke_json(*words)["gradients"] == {"x": 15, "y": 10, "z": 6}
    assert invoke_json(*words, "--wrt", "x,u")["gradients"] == {"x": 15, "u": 5}
    assert invoke_json(*words, "--wrt", "x", "--wrt=z")["gradients"] == {"x": 15, "z": 6}
    assert invoke_json(*words, "--const", "x,y")["gradients"] == {"z": 6}


@pytest.mark.parametrize("option", ["--wrt", "--const"])
def test_wrt_and_const_must_name_something(option):
    done = invoke("grad", "rate*x", "--rate", "1", "--x", "2", option, "rat")
    assert done.status == 2
    assert "`rat`" in done.stderr
    assert "`rate`" in done.stderr


class TestVjp:
    def test_one_vector_or_several(self):
        words = ["vjp", "x*x", "--x", "0,1,2,3"]
        assert invoke_json(*words, "--v", "ones")["vjp"] == {"x": [0, 2, 4, 6]}
        several = invoke_json(*words, "--v", "1,0,0,0", "--v=0,1,0,0", "--v", "ones")["vjp"]
        assert several == [{"x": [0, 0, 0, 0]}, {"x": [0, 2, 0, 0]}, {"x": [0, 2, 4, 6]}]

    def test_weights_of_several_outputs(self):
        words = ["vjp", "y1 = x**2; y2 = sum(x); return y1, y2", "--x", "1,2"]
        expected = {"x": [2.5, 4.5]}
        assert invoke_json(*words, "--v", "y1=1,1", "--v", "y2=0.5")["vjp"] == expected
        assert invoke_json(*words, "--v", '{"y1": [1, 1], "y2": 0.5}')["vjp"] == expected
        assert invoke_json(*words, "--v", "y2=2")["vjp"] == {"x": [2, 2]}
        assert invoke_json(*words, "--v", "ones")["vjp"] == {"x": [3, 5]}
        assert invoke_json(*words, "--v", "ones", "--v", '{"y2": 1}')["vjp"] == [{"x": [3, 5]}, {"x": [1, 1]}]

    def test_outputs_without_names_are_numbered(self):
        assert invoke_json("vjp", "(x*x, 3*x)", "--x", "2", "--v", "0=1", "--v", "1=10")["vjp"] == {"x": 34}

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "`gradcli vjp` needs the vector `--v`"),
            (["--v", "1,2,3"], "shape (3,)"),
            (["--v", "y=1,2"], "`--v` names `y`, and the program's one output has no name"),
        ],
    )
    def test_mistakes(self, words, message):
        done = invoke("vjp", "x*x", "--x", "1,2", *words)
        assert done.status == 2
        assert message in done.stderr

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--v", "1"], "`--v` must say which it is for: `loss`, `reg`"),
            (["--v", "los=1"], "did you mean `loss`?"),
            (["--v", "loss=1", "--v", "loss=2"], "`--v` is given twice for `loss`"),
            (["--v", "loss=1", "--v", "2"], "`--v` must say which it is for"),
        ],
    )
    def test_mistakes_with_several_outputs(self, words, message):
        done = invoke("vjp", "loss = x*x; reg = x; return loss, reg", "--x", "2", *words)
        assert done.status == 2
        assert message in done.stderr


class TestJvp:
    def test_tangents(self):
        assert invoke_json("jvp", "x*x", "--x", "1,2", "--u", "1,10")["jvp"] == [2, 40]
        words = ["jvp", "x*y", "--x", "2", "--y", "3"]
        assert invoke_json(*words, "--u", "x=1")["jvp"] == 3
        assert invoke_json(*words, "--u", "x=1", "--u", "y=ones")["jvp"] == 5
        assert invoke_json(*words, "--const", "y", "--u", "1")["jvp"] == 3

    def test_several_outputs(self):
        document = invoke_json("jvp", "a = x*x; b = 3*x; return a, b", "--x", "2", "--u", "1")
        assert document["jvp"] == {"a": 4, "b": 3}

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "`gradcli jvp` needs the vector `--u`"),
            (["--u", "1"], "`--u` must say which it is for: `x`, `y`"),
            (["--u", "z=1"], "`--u` names `z`, expected one of `x`, `y`"),
            (["--u", "x=1,2"], "shape (2,)"),
        ],
    )
    def test_mistakes(self, words, message):
        done = invoke("jvp", "x*y", "--x", "2", "--y", "3", *words)
        assert done.status == 2
        assert message in done.stderr


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobian(mode):
    words = ["jacobian", "A @ x", "--A", "1,2;3,4", "--x", "1,1", "--mode", mode]
    document = invoke_json(*words)
    assert document["jacobian"]["x"] == [[1, 2], [3, 4]]
    assert document["jacobian"]["A"] == [[[1, 1], [0, 0]], [[0, 0], [1, 1]]]
    outputs = invoke_json("jacobian", "a = x*x; b = sum(x); return a, b", "--x", "1,2", "--mode", mode)
    assert outputs["jacobian"] == {"a": {"x": [[2, 0], [0, 4]]}, "b": {"x": [1, 1]}}


def test_hessian_and_its_product():
    words = ["hessian", "x[0]**2*x[1] + s*x[1]", "--x", "1,2", "--s", "3"]
    assert invoke_json(*words)["hessian"] == {
        "x": {"x": [[4, 2], [2, 0]], "s": [0, 1]},
        "s": {"x": [0, 1], "s": 0},
    }
    assert invoke_json(*words, "--v", "x=1,10")["hvp"] == {"x": [24, 2], "s": 10}
    assert invoke_json(*words, "--v", "x=1,10", "--v", "s=ones")["hvp"] == {"x": [24, 3], "s": 10}


def test_several_products_with_a_hessian():
    words = ["hessian", "sum(x**3)", "--x", "1,2", "--v", "1,0", "--v", "x=0,1"]
    assert invoke_json(*words)["hvp"] == [{"x": [6, 0]}, {"x": [0, 12]}]
    assert invoke(*words, "--format", "plain").stdout == "1, x => 6,0\n2, x => 0,12\n"
    assert "(H v_{2})_{x}" in invoke(*words, "--format", "latex").stdout
    assert "hessian · v 2" in invoke(*words).stdout
    assert "--sparse" in invoke(*words, "--sparse").stderr


def test_what_is_held_constant_is_not_differentiated_by():
    for command in ("grad", "jacobian", "hessian", "diff", "check", "graph", "trace"):
        done = invoke(command, "x*y", "--x", "1", "--y", "2", "--wrt", "x,y", "--const", "x")
        assert (done.status, done.stdout) == (2, ""), command
        assert "`x` cannot be differentiated by (`wrt`) and held constant (`const`)" in done.stderr


def test_notes_are_in_the_document_and_on_stderr():
    done = invoke("grad", "x + 0*detach(y)", "--x", "1", "--y", "2", "--format", "json")
    assert done.document["notes"] == ["the result does not depend on `y`: its derivative is 0"]
    assert done.stderr == "note: the result does not depend on `y`: its derivative is 0\n"


def test_eval_says_where_a_value_that_is_not_finite_arose():
    notes = invoke_json("eval", "y = 2*x; 1 + log(y)", "--x", "0")["notes"]
    assert len(notes) == 1
    assert "the value is not finite" in notes[0]
    assert "`log(y)` (line 1, column 14)" in notes[0]
    long = "s = 0; for i in range(200000) { s = s + i }; s/0"
    assert invoke_json("eval", long)["notes"] == []
