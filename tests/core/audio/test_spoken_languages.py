"""Choosing and stopping by voice in every language that people see the widget in, whatever script writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.audio.spoken import choice_of, is_stop, sentences, spoken_options
from trunkline.audio.vocabulary import NUMBERS, STOP_PHRASES, WORDS, fold, tokens
from trunkline.dialects import Dialect
from trunkline.messages import Message, Option, Reply, Text

LOCALES = Path(__file__).parents[3] / "widget" / "src" / "locales"
LANGUAGES = sorted(file.stem for file in LOCALES.glob("??.ts"))
DRINKS = (Option("tea", "Green tea"), Option("coffee", "Coffee"), Option("water", "Sparkling water"))
ORDERS = {
    "zh": ("绿茶", "咖啡", "苹果汁"), "ja": ("緑茶", "コーヒー", "はちみつの水"),
    "ar": ("شاي أخضر", "قهوة", "ماء"), "hi": ("हरी चाय", "कॉफ़ी", "पानी"),
}  # fmt: skip


def test_all_languages_of_the_widget_are_known() -> None:
    assert len(LANGUAGES) == 10
    assert set(LANGUAGES) <= NUMBERS.keys()
    assert set(LANGUAGES) <= STOP_PHRASES.keys()


@pytest.mark.parametrize("language", sorted(NUMBERS))
def test_an_option_is_chosen_by_the_number_that_is_read_out(language: str) -> None:
    options = tuple(Option(f"{letter} thing") for letter in "abcdefghij")
    for index, read in enumerate(spoken_options(options, language)):
        number = read.partition(":")[0]
        assert not number.isdecimal()
        assert choice_of(number, options, language) == index
        assert choice_of(f"{number.lower()}.", options, f"{language}-XX") == index


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("a segunda, por favor", 1), ("quero o terceiro", 2), ("opção três", 2), ("a última", 2), ("duas", 1),
        ("الثاني من فضلك", 1), ("الخيار ثلاثة", 2), ("الأولى", 0), ("رقم ٢", 1), ("الأخير", 2), ("اثنين", 1),
        ("दूसरा वाला", 1), ("तीसरी", 2), ("विकल्प एक", 0), ("नंबर दो", 1), ("आख़िरी वाला", 2), ("२", 1),
        ("二番目お願いします", 1), ("2番でお願いします", 1), ("３番目の", 2), ("三つ目がいいです", 2), ("一番", 0),
        ("最後の", 2), ("ふたつ目", 1), ("さん", 2), ("最初", 0),
        ("第二个", 1), ("我要第三個", 2), ("二号", 1), ("选一", 0), ("两", 1), ("最后一个", 2), ("请选第2个吧", 1),
    ],
)  # fmt: skip
def test_a_number_or_an_ordinal_chooses(said: str, index: int) -> None:
    assert choice_of(said, DRINKS) == index


@pytest.mark.parametrize(
    ("language", "said", "index"),
    [
        ("zh", "咖啡", 1), ("zh", "我要咖啡", 1), ("zh", "请给我绿茶", None), ("zh", "绿茶，谢谢", 0),
        ("zh", "我要一个苹果汁", 2), ("zh", "不要咖啡", None), ("zh", "第二十个", None), ("zh", "三十", None),
        ("ja", "コーヒーをください", 1), ("ja", "緑茶がいいです", 0), ("ja", "はちみつの水、お願いします", 2),
        ("ja", "コーヒーじゃない", None), ("ja", "四番目", None),
        ("ar", "قهوة من فضلك", 1), ("ar", "أريد شاي أخضر", 0), ("ar", "لا قهوة", None),
        ("hi", "मुझे कॉफ़ी चाहिए", 1), ("hi", "पानी दो", 2), ("hi", "चाय नहीं", None),
    ],
)  # fmt: skip
def test_a_label_chooses(language: str, said: str, index: int | None) -> None:
    assert choice_of(said, tuple(map(Option, ORDERS[language])), language) == index


def test_a_word_may_be_a_number_in_one_language_alone() -> None:
    assert choice_of("um", DRINKS, "pt-BR") == 0
    assert choice_of("um", DRINKS, "en") is None


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Pare!", "pt"), ("Já chega, por favor.", "pt-BR"), ("توقف!", "ar"), ("كفى", "ar"), ("रुको", "hi"),
        ("बस, बस!", "hi"), ("कृपया रुकिए।", "hi"), ("ストップ！", "ja"), ("止めてください", "ja"),
        ("もう止めて", "ja"),
        ("停！", "zh"), ("停停停", "zh"), ("请停止", "zh-TW"), ("别说了", "zh"), ("够了够了", ""), ("やめて", ""),
    ],
)  # fmt: skip
def test_a_call_to_stop(said: str, language: str) -> None:
    assert is_stop(said, language)


@pytest.mark.parametrize("language", sorted(STOP_PHRASES))
def test_every_call_to_stop_of_a_language_is_one(language: str) -> None:
    for phrase in STOP_PHRASES[language]:
        assert is_stop(" ".join(phrase), language)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("停车场在哪里", "zh"), ("公交车停在哪里？", "zh"), ("不要停", "zh"), ("電車はどこに止まりますか", "ja"),
        ("音楽を止めて", "ja"), ("متى يتوقف القطار", "ar"), ("बस कहाँ रुकती है", "hi"), ("onde o ônibus para", "pt"),
        ("停", "ja"),
    ],
)  # fmt: skip
def test_no_call_to_stop(said: str, language: str) -> None:
    assert not is_stop(said, language)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("مرحبا. كيف حالك؟ جيد!", ("مرحبا.", "كيف حالك؟", "جيد!")),
        ("यह अच्छा है। क्या तुम ठीक हो? हाँ।", ("यह अच्छा है।", "क्या तुम ठीक हो?", "हाँ।")),
        ("یہ اچھا ہے۔ کیا آپ ٹھیک ہیں؟", ("یہ اچھا ہے۔", "کیا آپ ٹھیک ہیں؟")),
        ("そうですね。本当に！？「はい。」次", ("そうですね。", "本当に！？", "「はい。」", "次.")),
        ("O Sr. Silva veio. Sim.", ("O Sr. Silva veio.", "Sim.")),
        ("안녕하세요. 반갑습니다.", ("안녕하세요.", "반갑습니다.")),
    ],
)
def test_a_sentence_ends_as_its_script_ends_it(text: str, said: tuple[str, ...]) -> None:
    assert sentences(Reply((Message("assistant", (Text(text),)),)), True, Dialect()) == said


LABELS = st.text("一二三十第个的停咖啡茶コーヒーはお願い番目abc 12アで", min_size=1, max_size=8)


@given(st.lists(LABELS, min_size=1, max_size=5, unique_by=lambda label: tuple(tokens(label))), st.data())
def test_who_says_a_label_word_for_word_means_it(labels: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(labels) - 1))
    assert choice_of(labels[index], tuple(map(Option, labels))) == (index if labels[index].strip() else None)


@given(st.text("一二三十第个的停咖啡コーヒー番目abc12 。、٢दूसरा", max_size=20))
def test_nothing_is_lost_between_words(text: str) -> None:
    assert "".join(tokens(text)) == "".join(fold(word) for word in WORDS.findall(text))
