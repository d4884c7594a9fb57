"""Operations that torch has under one name, against torch: the value, and the gradient by all inputs."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.errors import EvaluationError

RNG = np.random.default_rng(7)
INPUTS = {
    "x": RNG.normal(size=4),
    "y": RNG.uniform(1, 2, size=4),
    "s": 0.3,
    "A": RNG.normal(size=(3, 4)),
    "B": RNG.normal(size=(4, 4)),
    "Q": RNG.normal(size=(2, 3, 4)),
    "K": RNG.normal(size=(2, 5, 4)),
    "M": RNG.normal(size=(3, 5)),
}
PROGRAMS = """
torch.masked_fill(x, x > 0, 2.0); A.masked_fill(A < s, 0.0); torch.masked_fill(A, x > 0, 5.0)
torch.lerp(x, y, 0.3); torch.lerp(x, y, y); torch.lerp(A, x, 1.5); x.lerp(y, weight=0.75)
torch.addcmul(x, y, x); torch.addcmul(x, A, y, value=2); torch.addcdiv(A, x, y, value=-0.5)
torch.addmm(A, A, B); torch.addmm(x, A, B, beta=2, alpha=0.5); torch.addmv(x, B, y)
torch.baddbmm(Q, Q @ K.mT, K)
F.glu(x); F.glu(Q, dim=0); F.glu(B, 1); F.softmin(A, dim=1); F.softmin(A, dim=0)
F.rms_norm(A, (4,)); F.rms_norm(Q, (3, 4), A, eps=0.1); F.pairwise_distance(A, B[:3])
F.pairwise_distance(x, y)
F.pairwise_distance(A, x, p=1, eps=0.0, keepdim=True); torch.cdist(A, B); torch.cdist(Q, K, p=1.0)
F.scaled_dot_product_attention(Q, K, K); F.scaled_dot_product_attention(Q, K, 2*K, M > 0)
F.scaled_dot_product_attention(Q, K, K, attn_mask=M, scale=0.7)
F.scaled_dot_product_attention(Q, Q, Q, is_causal=True)
torch.dist(x, y); torch.dist(A, A**2, p=3); torch.select(A, 1, -1); Q.select(0, 1)
torch.special.entr(y); torch.special.xlog1py(x, y)
torch.special.erfcx(x); torch.special.log_ndtr(30*x); torch.special.ndtri(y/2 - 0.4)
"""
TEXTS = [text.strip() for line in PROGRAMS.splitlines() for text in line.split(";") if text.strip()]


@pytest.mark.parametrize("text", TEXTS)
def test_torch_agrees(text):
    torch = pytest.importorskip("torch")
    given = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in INPUTS.items()
    }
    expected = eval(text, {"torch": torch, "F": torch.nn.functional, **given})
    program = gradcli.compile(text)
    recording = program.record({name: INPUTS[name] for name in program.inputs})
    np.testing.assert_allclose(recording.value, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    if not expected.requires_grad:
        return
    v = RNG.normal(size=expected.shape)
    gradients = torch.autograd.grad(
        expected,
        [given[name] for name in recording.wrt],
        torch.tensor(v),
        materialize_grads=True,
        allow_unused=True,
    )
    for (name, own), other in zip(recording.vjp(v).items(), gradients, strict=True):
        np.testing.assert_allclose(own, other.numpy(), rtol=1e-10, atol=1e-13, err_msg=name)


def test_zeros_of_entropies():
    text = "[entr(0), entr(-1), rel_entr(0, 2), xlog1py(0, -1), xlog1py(0, 3)]"
    np.testing.assert_array_equal(gradcli.compile(text).value({}), [0, -np.inf, 0, 0, 0])
    assert gradcli.compile("entr(x)").grad({"x": 0.0}) == {"x": np.inf}


def test_choices_without_conditions():
    with pytest.raises(EvaluationError, match="1 conditions for 2 choices"):
        gradcli.compile("select([x > 0], [x, -x])").value({"x": [1, 2, 3]})


def test_an_odd_length_has_no_halves():
    with pytest.raises(EvaluationError, match="3"):
        gradcli.compile("glu(x)").value({"x": [1, 2, 3]})
