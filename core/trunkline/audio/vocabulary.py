"""Words that people say to a bridge, in the languages of the widget and in Russian.

They are compared without case and accents (`fold`). Of scripts without spaces the words known here are cut out of
what surrounds them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_MARKS: Final = "".join(
    chr(code) for code in range(0x300, 0x1000) if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Vowels and other signs that belong to the letter before them; no letters to `re`."""
_LETTER: Final = rf"(?:[^\W_]|[{_MARKS}])"
WORDS: Final = re.compile(rf"[^\W_]{_LETTER}*(?:['’]{_LETTER}+)?")

NUMBERS: Final[Mapping[str, str]] = {
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "uno due tre quattro cinque sei sette otto nove dieci undici dodici",
    "ru": "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "pt": "um dois três quatro cinco seis sete oito nove dez onze doze",
    "ar": "واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
    "hi": "एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह",
    "ja": "一番 二番 三番 四番 五番 六番 七番 八番 九番 十番 十一番 十二番",
    "zh": "一 二 三 四 五 六 七 八 九 十 十一 十二",
}
_ORDINALS: Final[Mapping[str, str]] = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "fr": "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième "
    "douzième",
    "es": "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo",
    "it": "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo undicesimo dodicesimo",
    "ru": "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый",
    "de": "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte",
    "pt": "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo",
    "ar": "الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر",
    "hi": "पहला दूसरा तीसरा चौथा पाँचवाँ छठा सातवाँ आठवाँ नौवाँ दसवाँ ग्यारहवाँ बारहवाँ",
    "ja": "一つ目 二つ目 三つ目 四つ目 五つ目 六つ目 七つ目 八つ目 九つ目 十個目",
    "zh": "第一 第二 第三 第四 第五 第六 第七 第八 第九 第十 第十一 第十二",
}
_OTHERS: Final[Mapping[int, str]] = {
    1: "1st une première prima primera primer первая первое первую первого одна одно раз ein eine ersten erstes "
    "erster erstens won uma primeira واحدة أول الأولى पहली पहले いち 一つ ひとつ ひとつ目 一個 最初",
    2: "2nd seconde segunda seconda вторая второе вторую второго две zwo zweiten zweites zweiter duas اثنين "
    "اثنتان ثاني الثانية दूसरी दूसरे に 二つ ふたつ ふたつ目 两 兩",
    3: "3rd tercera terza tercer третья третье третью третьего dritten drittes dritter terceira "
    "ثلاث ثالث الثالثة तीसरी तीसरे さん 三つ みっつ みっつ目",
    4: "4th cuarta quarta четвёртая четвёртое четвёртую vierten viertes vierter أربع رابع الرابعة "
    "चौथी चौथे よん し 四つ よっつ よっつ目",
    5: "5th quinta пятая пятое пятую fünften fünftes fünfter خمس خامس الخامسة पांच पाँचवीं पांचवां पांचवीं पाँचवें ご "
    "五つ いつつ",
    6: "6th sexta sesta шестая шестое шестую sechsten ست سادس السادسة छः छे छठी छठे ろく 六つ むっつ",
    7: "7th séptima settima седьмая седьмую siebten siebente sétima "
    "سبع سابع السابعة सातवीं सातवां なな しち 七つ ななつ",
    8: "8th octava ottava восьмая восьмую achten oitava ثمان ثماني ثامن الثامنة आठवीं आठवां はち 八つ やっつ",
    9: "9th novena nona девятая девятую neunten تسع تاسع التاسعة नौवीं नौवां नौंवी きゅう 九つ ここのつ",
    10: "10th décima decima десятая десятую zehnten عشر عاشر العاشرة दसवीं दसवां じゅう 十個 とお",
}
_LAST: Final = (
    "last dernier dernière último última ultimo ultima последний последняя последнее последнюю "
    "letzte letzten letztes الأخير الأخيرة आख़िरी आखरी अंतिम 最後 最后 最後の 最后一个 最後一個"
)
SOUND_ALIKE: Final[Mapping[str, int]] = {"to": 2, "too": 2, "for": 4, "ate": 8}
"""What a recogniser writes for a number that stands alone."""
_FILLERS: Final = (
    "the a number option answer choice please i'd i'll i like take choose want pick go with would say "
    "it's its is that ok okay "
    "le la l'option numéro réponse choix je prends choisis voudrais s'il te vous plaît plait c'est "
    "el lo opción respuesta por favor elijo quiero tomo es de "
    "il l'opzione opzione numero risposta scelgo voglio prendo favore per piacere lo "
    "номер вариант ответ пожалуйста выбираю хочу беру мне давай давайте это "
    "die der das nummer option antwort bitte ich nehme wähle möchte will hätte gern gerne "
    "o os as opção número resposta eu quero escolho prefiro gostaria é do da "
    "من فضلك لو سمحت رقم الرقم خيار الخيار الإجابة أريد اريد أختار اختر نعم "
    "कृपया नंबर विकल्प वाला वाली वाले मुझे चाहिए मैं चुनता चुनती हूँ हूं प्लीज़ जी को "
    "番 番目 番目の 番の 目 目の の もの やつ 方 ほう お願いします お願い おねがいします ください をください "
    "にします でお願いします がいいです がいい です 選びます を選びます を "
    "第 个 個 号 號 选 選 选项 選項 选择 選擇 我要 我选 我選 我想要 请 請 吧 谢谢 謝謝 的 那个 那個 "
    "yeah yes well so um uh euh ähm"
)
_NOT: Final = (
    "not don't never neither pas ni no не нет nicht kein keine non não nem لا ليس لست غير नहीं मत "
    "不 不是 不要 ではない じゃない ではなく じゃなくて"
)

_STOPS: Final[Mapping[str, str]] = {
    "en": "stop|stop it|stop that|stop talking|stop now|stop conversation|stop the conversation|be quiet|quiet|"
    "shut up|cancel|enough|that's enough|that is enough|silence",
    "fr": "stop|arrête|arrêtez|arrête toi|arrêtez vous|arrête de parler|tais toi|taisez vous|silence|"
    "ça suffit|assez|annule",
    "es": "stop|para|pare|alto|basta|basta ya|detente|deténgase|cállate|cállese|silencio|para ya|cancela",
    "it": "stop|fermati|si fermi|ferma|basta|basta così|alt|zitto|zitta|stai zitto|silenzio|smettila|annulla",
    "ru": "стоп|хватит|остановись|остановитесь|замолчи|замолчите|тихо|прекрати|прекратите|достаточно|отмена",
    "de": "stopp|stop|halt|hör auf|hören sie auf|aufhören|ruhe|sei still|sei ruhig|seien sie still|"
    "genug|es reicht|schluss|abbrechen",
    "pt": "stop|pare|para|para com isso|pare com isso|chega|já chega|basta|cala a boca|cale se|silêncio|quieto|"
    "cancela|cancelar|pare de falar",
    "ar": "توقف|توقفي|قف|كفى|يكفي|اسكت|أوقف|أوقفه|خلاص|إلغاء|ستوب|صمت|توقف عن الكلام",
    "hi": "रुको|रुकिए|रुक जाओ|रुक जाइए|ठहरो|बस|बस करो|बंद करो|बंद कीजिए|चुप|चुप रहो|चुप हो जाओ|स्टॉप|रोको|रद्द करो",
    "ja": "ストップ|止まって|止めて|とめて|やめて|停止|静かに|静かにして|黙って|もういい|キャンセル|中止|終了",
    "zh": "停|停止|停下|停下来|停一下|停下來|别说了|別說了|不要说了|不要說了|安静|"
    "安靜|闭嘴|閉嘴|够了|夠了|取消|住口|住嘴",
}
_POLITE: Final = (
    "please ok okay hey now s'il te vous plaît plait por favor per favore piacere пожалуйста bitte jetzt und "
    "maintenant ahora ora сейчас oh no ah agora "
    "من فضلك لو سمحت الآن कृपया अब अभी प्लीज़ もう 今 ください お願いします 请 請 吧 现在 現在 了"
)
_CALLS: Final = (
    "hey hi hello ok okay oi yo salut dis bonjour hola oye ciao ehi senti привет эй слушай hallo he olá ei "
    "يا مرحبا अरे सुनो हे नमस्ते ねえ こんにちは もしもし 你好 喂 嗨"
)


def fold(word: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).replace("’", "'")


def tokens(text: str) -> list[str]:
    """The words of a text, folded."""
    return [part for word in WORDS.finditer(text) for part in _parts(fold(word[0]))]


def _parts(word: str) -> list[str]:
    """A word; of a script without spaces, what is known in it, and what stands between."""
    return _KNOWN.findall(word) if _UNSPACED.search(word) else [word]


def primary(language: str) -> str:
    """The language of a BCP 47 tag without its region: "en" of "en-GB"."""
    return language.replace("_", "-").partition("-")[0].lower()


def _set(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


_UNSPACED: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff]")


def _known() -> re.Pattern[str]:
    """What is cut out: of one sign only where it is none that writes endings of all sorts."""
    lines = (
        *NUMBERS.values(),
        *_ORDINALS.values(),
        *_OTHERS.values(),
        *_STOPS.values(),
        _LAST,
        _FILLERS,
        _NOT,
        _POLITE,
    )
    words = {fold(word) for line in lines for word in line.replace("|", " ").split() if _UNSPACED.search(word)}
    cut = sorted((word for word in words if len(word) > 1 or word > "\u3400"), key=len, reverse=True)
    known = "|".join(cut)
    return re.compile(rf"{known}|[0-9]+|(?:(?!{known}|[0-9]).)+")


_KNOWN: Final = _known()


CALLS: Final = _set(_CALLS)
"""What stands before the name of somebody who is called."""
FILLERS: Final = _set(_FILLERS)
"""Words around a choice that choose nothing."""
NEGATIONS: Final = _set(_NOT)
LAST: Final = _set(_LAST)
POLITE: Final = _set(_POLITE)
"""Words around a call to stop."""
STOP_PHRASES: Final[Mapping[str, frozenset[tuple[str, ...]]]] = {
    code: frozenset(tuple(tokens(phrase)) for phrase in phrases.split("|")) for code, phrases in _STOPS.items()
}
"""By language."""
VALUES: Final[Mapping[str, int]] = {
    fold(word): number
    for table in (NUMBERS, _ORDINALS)
    for line in table.values()
    for number, word in enumerate(line.split(), start=1)
} | {fold(word): number for number, line in _OTHERS.items() for word in line.split()}
"""Cardinals and ordinals of all languages."""
