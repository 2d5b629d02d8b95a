"""Formulas that people and models write, as they are read without TeX."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.formulas import readable

READ = {
    r"\frac{a}{b}": "a/b",
    r"x^2+y^2=z^2": "x²+y²=z²",
    r"p = 4 + 0.12\,d": "p = 4 + 0.12 d",
    r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}": "∑ᵢ₌₁ⁿ i = (n(n+1))/2",
    r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}": "∫₀^∞ e^(-x²) dx = √π/2",
    r"E = mc^2": "E = mc²",
    r"\alpha + \beta \geq \gamma": "α + β ≥ γ",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}": "(a b; c d)",
    r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}": "[1 0; 0 1]",
    r"\sqrt[3]{x+1}": "∛(x+1)",
    r"\sqrt[n]{x}": "ⁿ√x",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1": "lim_(x → 0) (sin x)/x = 1",
    r"f: \mathbb{R} \to \mathbb{R}": "f: ℝ → ℝ",
    r"\mathbf{v} \cdot \vec{w}": "v · w\u20d7",
    r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}": "{ x if x > 0; -x otherwise",
    r"x_{i,j}^{(k)}": "x_(i,j)⁽ᵏ⁾",
    r"\text{speed} = \frac{\text{distance}}{\text{time}}": "speed = distance/time",
    r"\left( \frac{1}{2} \right)^n": "( 1/2 )ⁿ",
    r"\left. x \right|_0": "x |₀",
    r"\partial_t u = \Delta u": "∂ₜ u = Δ u",
    r"\forall x \in A\ \exists y": "∀ x ∈ A ∃ y",
    r"A \subseteq B \cup C": "A ⊆ B ∪ C",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}": "a = b\n= c",
    r"\binom{n}{k}": "(n choose k)",
    r"e^{i\pi} + 1 = 0": "e^(iπ) + 1 = 0",
    r"\mathcal{L}(\theta)": "L(θ)",
    r"10\%": "10%",
    r"P(A|B) = \frac{P(B|A)P(A)}{P(B)}": "P(A|B) = P(B|A)P(A)/P(B)",
    r"a_1, a_2, \ldots, a_n": "a₁, a₂, …, aₙ",
    r"\operatorname{argmax}_\theta f": "argmax_θ f",
    r"x \mapsto \lfloor x \rfloor": "x ↦ ⌊ x ⌋",
    r"90^\circ": "90°",
    r"a \not= b \not\in C": "a ≠ b ∉ C",
    r"\sin\theta": "sin θ",
    r"a \equiv b \pmod{7}": "a ≡ b (mod 7)",
    r"\overset{?}{=}": "=^?",
    r"H_2O \xrightarrow{heat} x": "H₂O →(heat) x",
}


@pytest.mark.parametrize("tex", READ)
def test_what_is_written_often_can_be_read(tex: str) -> None:
    assert readable(tex) == READ[tex]


def test_what_is_not_known_stays() -> None:
    assert readable(r"\frobnicate{x} y") == r"\frobnicate x y"


@pytest.mark.parametrize(
    "tex", [r"\frac{a+b}{c", r"\frac", "x^", r"\sqrt[", r"}{", r"\begin{pmatrix} a &", r"\end", "\\"]
)
def test_what_is_not_whole_breaks_nothing(tex: str) -> None:
    assert isinstance(readable(tex), str)


def test_a_group_left_open_is_read_to_the_end() -> None:
    assert readable(r"\frac{a+b}{c") == "(a+b)/c"


@given(
    st.lists(st.sampled_from([*READ, "{", "}", "^", "_", "\\", "[", "&", r"\frac", r"\begin{x}", "a"])).map(
        "".join
    )
)
def test_any_text_at_all_is_read(tex: str) -> None:
    readable(tex)


@pytest.mark.parametrize("piece", ["{", "^", r"\frac{", r"\sqrt[", r"\begin{cases}", "x_", r"\hat"])
def test_time_is_linear(piece: str) -> None:
    began = time.process_time()
    readable(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 1.0
