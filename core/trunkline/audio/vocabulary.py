"""Words that people say to a bridge, in English, French, Spanish, Italian, Russian and German.

They are compared without case and accents (`fold`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

NUMBERS: Final[Mapping[str, str]] = {
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "uno due tre quattro cinque sei sette otto nove dieci undici dodici",
    "ru": "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
}
_ORDINALS: Final[Mapping[str, str]] = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "fr": "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième "
    "douzième",
    "es": "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo",
    "it": "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo undicesimo dodicesimo",
    "ru": "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый",
    "de": "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte",
}
_OTHERS: Final[Mapping[int, str]] = {
    1: "1st une première prima primera primer первая первое первую первого одна одно раз ein eine ersten erstes "
    "erster erstens won",
    2: "2nd seconde segunda seconda вторая второе вторую второго две zwo zweiten zweites zweiter",
    3: "3rd tercera terza tercer третья третье третью третьего dritten drittes dritter",
    4: "4th cuarta quarta четвёртая четвёртое четвёртую vierten viertes vierter",
    5: "5th quinta пятая пятое пятую fünften fünftes fünfter",
    6: "6th sexta sesta шестая шестое шестую sechsten",
    7: "7th séptima settima седьмая седьмую siebten siebente",
    8: "8th octava ottava восьмая восьмую achten",
    9: "9th novena nona девятая девятую neunten",
    10: "10th décima decima десятая десятую zehnten",
}
_LAST: Final = (
    "last dernier dernière último última ultimo ultima последний последняя последнее последнюю "
    "letzte letzten letztes"
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
    "yeah yes well so um uh euh ähm"
)
_NOT: Final = "not don't never neither pas ni no не нет nicht kein keine non"

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
}
_POLITE: Final = (
    "please ok okay hey now s'il te vous plaît plait por favor per favore piacere пожалуйста bitte jetzt und "
    "maintenant ahora ora сейчас oh no ah"
)
_CALLS: Final = "hey hi hello ok okay oi yo salut dis bonjour hola oye ciao ehi senti привет эй слушай hallo he"


def fold(word: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).replace("’", "'")


def tokens(text: str) -> list[str]:
    """The words of a text, folded."""
    return [fold(word[0]) for word in WORDS.finditer(text)]


def primary(language: str) -> str:
    """The language of a BCP 47 tag without its region: "en" of "en-GB"."""
    return language.replace("_", "-").partition("-")[0].lower()


def _set(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


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
