"""What may be asked at all: text that is neither empty nor overlong; what it wants told how."""

import re

from assistant.errors import QuestionError
from assistant.reading.places import sentences_of
from assistant.text.words import NUMERALS, is_content, read_number, words

LONGEST_QUESTION = 4000
"""In characters."""
_NUMBER = re.compile(
    r"\bhow (?:many|much|few|big|large|long|small|fast|often|far|accurate)\b"
    r"|\b(?:numbers|figures|accurac(?:y|ies)|percent(?:ages?)?)\b"
    r"|\b(?:what|which) (?:share|percentage|proportion|fraction|number)\b",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"\bhow many (?P<things>(?:(?!(?:is|are|was|were|has|have|had|do|does|did|can|could|will|would|"
    r"may|might|must|should|of|in|on|at|by|from|per|to|for|with|than|and|or|it|they|you|we|that|which)"
    r"\b)[\w-]+ ?){1,4})",
    re.IGNORECASE,
)
_JOIN = re.compile(r"^[\s,;:.!–—-]*(?:(?:and|but|plus)\b[\s,]*(?=\S))?", re.IGNORECASE)
_TABLE = re.compile(
    r",?\s*\b(?:as (?:an? )?|(?<!\w)(?:in|into) (?P<in>an? )?)(?:(?:small|simple|short|nice) )?"
    r"(?:table(?: form| format| view)?|tabular (?:form|format|view))"
    r"(?=\s*(?:$|[?.!,;:]|please\b|with\b|showing\b|of (?:them|those|these)\b))",
    re.IGNORECASE,
)
# "give me a small table of the two", "table, please: …"
_TABLE_OF = re.compile(  # "papers on speech in a table: year, data"
    r"(?:(?<=[.?!,;]) |(?<= [–—-]) | (?:in|as) )(?:an? )?(?:(?:small|short|simple|nice) )*"
    r"table(?=\s*:|\s+with\b)",
    re.IGNORECASE,
)
_WANTS_TABLE = re.compile(
    r"(?<=\b(?:make|give|draw|show|want|need|like|have) )(?P<me>(?:me|us) )?(?:an? |the )?"
    r"(?:(?:small|short|simple|nice|little|quick) )*table\b(?: (?:with|of|for|on|comparing)\b)?"
    r"|^(?:(?:ok(?:ay)?|and|now|so|thx|thanks),? )*(?:an? )?(?:(?:small|short|simple) )?table\b"
    r"(?:,? (?:please|pls))?(?: (?:with|of|for|on|comparing)\b|[:,]|$)",
    re.IGNORECASE,
)
ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)
"""What a message says that keeps to what it names, or to the papers before it."""
PUTS = re.compile(
    r"\b(?:show|give|list|put|present|display|make|arrange|format|summari[sz]e|compare|sort|want|need)\b",
    re.IGNORECASE,
)
"""What asks for papers to be shown in some way."""
_ALL_THERE_ARE = re.compile(
    r"(?<!\bdo )(?<!\bare )\b(?:all|every) (?:(?:of )?(?:the|your|our|available|relevant) )*"
    r"(?:[\w-]+ ){0,3}?(?:papers?|publications?|articles?|works|studies|abstracts)\b"
    r"|\b(?:complete|exhaustive|full|comprehensive) list\b"
    r"|\beverything (?:you have |there is )?on\b",
    re.IGNORECASE,
)
_HOW_MANY = rf"(?:{'|'.join(list(NUMERALS)[1:])}|[2-9]|1\d)"
_WANTED = re.compile(
    r"\b(?:need|want|give|name|list|show|find|recommend|suggest|pick|choose|top|best)"
    r"(?: me| us)?(?: just| only)?(?: the)?(?: top| best| first)? "
    rf"(?P<number>{_HOW_MANY}) (?:of (?:the|these|those|them)\b|(?:[\w-]+ ){{0,2}}?"
    r"(?:papers|readings|works|studies|articles|references|publications)\b)",
    re.IGNORECASE,
)
# "five at most", "no more than three papers", "two or three, no more"
_AT_MOST = re.compile(
    r"\b(?:at most|no more than|not more than|up to|max(?:imum)?\.?(?: of)?)"
    rf" (?P<number>{_HOW_MANY})(?= (?:papers?|of them|please)\b|\W*$)"
    rf"|\b(?P<first>{_HOW_MANY})(?: (?:good |short )?(?:papers|readings|works|studies|ones))?,?"
    r" (?:at (?:the )?most|max(?:imum)?|not? more|tops|will do|(?:is|are) enough)\b"
    rf"|\b(?:only|just)(?: the)?(?: main| best)? (?P<only>{_HOW_MANY})(?=,? please\b|[\s.!,;)]*$)"
    rf"|\bthe (?P<best>{_HOW_MANY}) (?:best|main)\b(?= (?:papers|works|ones)\b|,|[\s.!;)]*$)"
    rf"|\bthe (?:main|best) (?P<main>{_HOW_MANY})(?=,? please\b|[\s.!,;)]*$)"
    rf"|\btop (?P<top>{_HOW_MANY})\b(?! ?(?:%|acc|err|recall|precision|predict))",
    re.IGNORECASE,
)
_TELLS_OF_US = re.compile(r"\b(?:I|we|my|our)\b", re.IGNORECASE)
_REQUESTS = re.compile(
    r"\b(?:compare|list|show|give|find|search\w*|summar\w+|tell|explain|describe|count|sort|rank|look"
    r"|looking|need|want|like to|papers|studies|articles|anything)\b",
    re.IGNORECASE,
)
_SUCH = re.compile(r"\b(?:such|these|those|this|them|it)\b(?! as\b)", re.IGNORECASE)
_ASKS_FOR = re.compile(r"\b(?:you|please|tell|show|give|list|find|compare)\b", re.IGNORECASE)
_OF_ONESELF = re.compile(
    r"(?:(?:dear|hello|hi|hey|good|well|so|ok|okay|also|now)\b[^,.!]{0,30}[,.!]? )*"
    r"(?:i|we|in my|in our|my|our)\b(?!['’])",
    re.IGNORECASE,
)
_BRIEFLY = re.compile(
    r"\bin (?:(?:just|only|about) )?(?:a|one|two|a few|a couple of|1|2|one or two)"
    r" (?:short |plain |simple )?(?:sentences?|lines?|words)\b"
    r"|\b(?:a|one|1) (?:short )?(?:sentence|line) each\b|\bin (?:brief|a nutshell)\b|\bbriefly\b",
    re.IGNORECASE,
)
_SO_LONG = re.compile(
    r"(?:(?P<kept>^|[,;:.!?–—-] ?|\b(?:me|each|it|give|please|pls) )"
    r"|\b(?:in|as|just|only|most|max(?:imum)?) )"
    r"(?:(?:just|only|about|max) )?(?:one or |two or |2-|1-)?"
    rf"(?P<number>{'|'.join(list(NUMERALS)[:6])}|[1-6]) (?:short |plain |simple |full )?"
    r"(?:sentences?|lines?|bullets?(?: points?)?)\b"
    r"(?: (?:at most|max|will do|(?:is|are) (?:enough|plenty|fine)|suffices?)\b)?",
    re.IGNORECASE,
)
# "…, titles and years only": how a list is to be told, at the end of what is said.
_AND_YEARS = r"(?:,? (?:and|with|plus|\+|&) (?:the |their )?years?)?"
_TITLES = re.compile(
    r"(?:^|(?<=[.!?;:–—-]) ?|, ?| with (?=just|only)|(?<=\bme)\s|(?<=\bplease)\s)"
    r"(?:please |(?:just|only) (?:give|show|tell) me )?"
    rf"(?:(?:just|only) (?:the |their )?titles?{_AND_YEARS}"
    rf"|(?:the )?titles?{_AND_YEARS},? (?:only|will do|(?:is|are) (?:enough|plenty|fine)|suffices?"
    r"|nothing (?:else|more))"
    rf"|(?<=\bme )(?:the )?titles?{_AND_YEARS}"
    r"|nothing quoted|no quot(?:es|ations)|without (?:any )?quot(?:es|ations))"
    r"(?:,? (?:please|pls|thanks))*(?=\s*(?:[.!;]|$))",
    re.IGNORECASE,
)
# What stands before a mark, or as one more, once a length is taken out.
_LEFT_OVER = re.compile(r"^[\s,:;]+|(?<=[?.!]) *[,;:.]|[,;:]? +(?=[?.!])")
_POLITE = {"please", "pls", "thanks", "just", "only", "each", "and"}
_AGREE = re.compile(
    r"\b(?:(?:dis)?agree|contradict|(?:say|find) the same|at odds|of one mind)\b", re.IGNORECASE
)
_WITH_LAST = re.compile(
    r"\bcompare (?:(?:it|this|that)(?: one| paper)? )?(?:with|to)\b", re.IGNORECASE
)
_WHETHER = re.compile(
    r"\W*(?:and |so )?(?:is|was|were|are|has|have|had|does|did|do)\b(?! (?:there|any|we|you)\b)",
    re.IGNORECASE,
)
_OTHERS_WORK = "".join(
    f"(?<!{word} )"
    for word in (
        "prior previous earlier other related existing future past their its this the these those "
        "of on with to than and recent similar"
    ).split()
)
_THE_ABSTRACT = re.compile(
    r"(?:\b(?:show|give|read|print|display|quote|paste|see|have|get|want|need|what(?:['’]s| is))\b"
    r"(?: (?:me|us|out|again))*|^(?:\W|and\b|now\b|ok(?:ay)?\b|then\b|please\b|just\b)*)"
    r" ?(?:the |its |their |that |this |both )?"
    r"(?:(?:full|whole|entire|complete|original|\w+['’]s) )*"
    r"abstracts?(?: (?:of|for|to)\b|,? please\b|\W*$)",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:conclu\w+|verdict|(?:main |key )?findings?|outcomes?|upshot|bottom lines?|takeaways?)\b"
    r"|\b(?:did|do|does) (?:it|they|each(?: of them)?|both|(?:the|these|those)(?: \w+){1,3}) "
    r"(?:\w+ )?(?:find|discover|learn|show|work|work out|pay off)\b(?=\W*$|\W+(?:and|in)\b)"
    r"|\bwhat (?:came|comes) (?:out )?of (?:it|that|this)\b"
    r"|^\W*(?:the )?(?:main |key )?results\W*$",
    re.IGNORECASE,
)
_ORDERS = re.compile(r"\W*(?:please,? |can you |could you )?compare\b", re.IGNORECASE)
_RANKS = re.compile(
    r"\b(?:rank|sort|order)(?: \w+){0,4}? (?:by|from|according)\b|\bhigh(?:est)? to low",
    re.IGNORECASE,
)
_DIFFERS = re.compile(r"\b(?:differs?|different(?:ly)?)\b", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:compar\w+|versus|vs|side by side|table|difference)\b", re.IGNORECASE)
_HOW_IT_WORKS = re.compile(
    rf"\bhow (?:does|do|did) (?:[\w'’:-]+ ){{1,12}}?{_OTHERS_WORK}(?:work|function)"
    r"(?: exactly| in (?:short|simple \w+|detail|general|principle))?\s*(?:$|[?.!])"
    r"|\bhow (?:it|they|this|that) works?\b",
    re.IGNORECASE,
)


def check_question(question: str) -> str:
    """Return the text of a question; QuestionError where it is empty or overlong.

    >>> check_question("  what is SimDA? ")
    'what is SimDA?'
    """
    # Half of a surrogate pair, as broken JSON may hold, is no character: neither tokenizer nor
    # output could bear it.
    text = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise QuestionError("the question is empty; ask something about the papers")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read"
        )
    return text


def take_join(request: str) -> str:
    """Return a request without what joins it to the one before it.

    >>> take_join("; and who wrote it?"), take_join("Android phones?")
    ('who wrote it?', 'Android phones?')
    """
    return _JOIN.sub("", request, count=1)


def take_table(text: str) -> tuple[str, bool]:
    """Return `text` without its wish for a table, and whether it has one.

    >>> take_table("papers on speech since 2021, as a table"), take_table("in table 2?")
    (('papers on speech since 2021', True), ('in table 2?', False))
    >>> take_table("give me a short table of the other two"), take_table("table pls: both papers")
    (('give me the other two', True), ('both papers', True))
    >>> take_table("What is there on speech? table: year, data")
    ('What is there on speech?: year, data', True)
    """
    match = _TABLE.search(text)
    within = match and match["in"] and match.start() and not match[0].startswith(",")
    if match and not (within and not PUTS.search(text)):  # not "find information in a table"
        return " ".join(f"{text[: match.start()]}{text[match.end() :]}".split()), True
    if columns := _TABLE_OF.search(text):
        return f"{text[: columns.start()]}{text[columns.end() :]}", True
    wants = _WANTS_TABLE.search(text)
    if wants is None:
        return text, False
    rest = f"{text[: wants.start()]}{wants['me'] or ''}{text[wants.end() :]}"
    return " ".join(rest.split()), True


def count_wanted(text: str) -> int:
    """Return how many papers a request wants, 0 where it does not say.

    >>> count_wanted("I need three short readings on masking"), count_wanted("top 5 papers?")
    (3, 5)
    >>> count_wanted("papers on speech, five at most"), count_wanted("name two or three, no more")
    (5, 3)
    >>> count_wanted("adapters, only five please"), count_wanted("The five best, one line each.")
    (5, 5)
    >>> count_wanted("give me just three of the text papers")
    3
    >>> count_wanted("which papers use two encoders?"), count_wanted("models of up to 2 layers")
    (0, 0)
    """
    if match := _AT_MOST.search(text):
        return read_number(next(filter(None, match.groups())))
    match = _WANTED.search(text)
    return read_number(match["number"]) if match else 0


def asks_for_all(text: str) -> bool:
    """Tell whether a request wants every paper there is, rather one too many than one too few.

    >>> asks_for_all("list all papers on speech"), asks_for_all("do all papers use speech?")
    (True, False)
    """
    return _ALL_THERE_ARE.search(text) is not None


def introduces(text: str) -> bool:
    """Tell whether a part of a message only says who one is or what one is about.

    >>> introduces("Dear all, I would like to see how tweets are used.")
    True
    >>> introduces("We study speech. Which papers do?"), introduces("Shorter please.")
    (False, False)
    >>> introduces("I heard of BERT. can you tell me what it is"), introduces("I want a list.")
    (False, False)
    """
    asks = "?" in text or _ASKS_FOR.search(text)
    return not asks and any(map(_OF_ONESELF.match, sentences_of(text)))


def leads_to(first: str, request: str) -> bool:
    """Tell whether a part of a message that only tells of people belongs to the request behind it,
    which points at that.

    >>> leads_to("I write notes on my patients.", "Is there something that sorts such notes?")
    True
    >>> leads_to("Compare my notes.", "Which of these is newer?")
    False
    """
    tells = _TELLS_OF_US.search(first) and not _REQUESTS.search(first)
    return bool(tells) and not first.rstrip().endswith("?") and _SUCH.search(request) is not None


def asks_briefly(text: str) -> bool:
    """Tell whether a question wants a short answer.

    >>> asks_briefly("in two sentences: what is SimDA?"), asks_briefly("which read two sentences?")
    (True, False)
    """
    return _BRIEFLY.search(text) is not None


def count_sentences(text: str) -> int:
    """Return how many sentences an answer is to have, 0 where that is not said.

    >>> count_sentences("sum it up in three sentences"), count_sentences("two sentences each, pls")
    (3, 2)
    >>> count_sentences("which models compare two sentences?")
    0
    """
    match = _SO_LONG.search(text)
    return read_number(match["number"]) if match else 0


def take_length(text: str) -> str:
    """Return `text` without how long an answer is to be, or that it is to be of titles, where it
    says anything else.

    >>> take_length("explain in two sentences how it works"), take_length("one line please")
    ('explain how it works', 'one line please')
    >>> take_length("more on the sixth: is it fast? One or two lines will do.")
    'more on the sixth: is it fast?'
    >>> take_length("papers on speech, only titles and years please")
    'papers on speech'
    """
    rest = _SO_LONG.sub(lambda match: match["kept"] or "", _TITLES.sub("", text))
    plain = _LEFT_OVER.sub("", " ".join(rest.split()))
    return plain if {*words(plain)} - _POLITE else text


def asks_for_titles(text: str) -> bool:
    """Tell whether a list is to have titles, perhaps with years, and no quotations.

    >>> said = "papers on speech, titles only", "Which are on it? Just give me the titles."
    >>> list(map(asks_for_titles, said))
    [True, True]
    >>> said = "which classify by only the title?", "just the title of the second", "no quote there"
    >>> list(map(asks_for_titles, said))
    [False, False, False]
    """
    return _TITLES.search(text) is not None


def asks_whether_they_agree(text: str) -> bool:
    """Tell whether a message asks whether several papers agree.

    >>> asks_whether_they_agree("do they agree on cost?"), asks_whether_they_agree("agreement?")
    (True, False)
    """
    return _AGREE.search(text) is not None


def compares_with_last(text: str) -> bool:
    """Tell whether a message compares something with what was spoken of last.

    >>> compares_with_last("now compare with BLIP"), compares_with_last("compare OPT with BLIP")
    (True, False)
    """
    return _WITH_LAST.search(text) is not None


def asks_for_abstract(text: str) -> bool:
    """Tell whether a message wants abstracts themselves to be shown.

    >>> [asks_for_abstract(said) for said in ("show me the full abstract of SimDA", "abstracts?")]
    [True, True]
    >>> asks_for_abstract("what does its abstract say of cost?")
    False
    """
    return _THE_ABSTRACT.search(text) is not None


def take_conclusion(text: str) -> str | None:
    """Return a question without the words by which it asks what came of a work, None where it does
    not ask that.

    >>> take_conclusion("what does it conclude on cost?"), take_conclusion("so the upshot?")
    ('what does it on cost?', 'so the ?')
    >>> take_conclusion("what did they find?"), take_conclusion("how does it work?")
    ('what ?', None)
    """
    plain, asked = _CONCLUDES.subn("", text)
    return " ".join(plain.split()) if asked and not _HOW_IT_WORKS.search(text) else None


def asks_how_it_differs(text: str) -> bool:
    """Tell whether a question asks in what something differs, and not for a comparison.

    >>> asks_how_it_differs("how does it differ in size?"), asks_how_it_differs("compare it with X")
    (True, False)
    """
    return _DIFFERS.search(text) is not None and not _COMPARES.search(text)


def asks_to_rank(text: str) -> bool:
    """Tell whether a message wants papers ranked by something.

    >>> asks_to_rank("rank those three by how much they save"), asks_to_rank("a ranking loss")
    (True, False)
    """
    return _RANKS.search(text) is not None


def orders_comparison(text: str) -> bool:
    """Tell whether a message says in so many words that papers are to be compared.

    >>> orders_comparison("Compare the two toolkits"), orders_comparison("how does it compare?")
    (True, False)
    """
    return _ORDERS.match(text) is not None


def asks_how_it_works(text: str) -> bool:
    """Tell whether a question asks how the work of a paper goes about it.

    >>> asks_how_it_works("how does BEiT work in simple steps?"), asks_how_it_works("how to work?")
    (True, False)
    """
    return _HOW_IT_WORKS.search(text) is not None


def asks_whether(text: str) -> bool:
    """Tell whether a message asks whether something is so, not whether there is any.

    >>> asks_whether("was it cited more than 50 times?"), asks_whether("are there papers cited?")
    (True, False)
    """
    return _WHETHER.match(text) is not None


def asks_number(question: str) -> bool:
    """Tell whether a question is answered by a number.

    >>> asks_number("On how many images was it trained?"), asks_number("How was it trained?")
    (True, False)
    """
    return _NUMBER.search(question) is not None


def thing_counted(question: str) -> str:
    """Return the word for what a question wants counted, "" where it wants nothing counted.

    >>> thing_counted("On how many labelled images was it trained?"), thing_counted("How large?")
    ('images', '')
    """
    match = _THINGS.search(question)
    things = [word for word in words(match["things"]) if is_content(word)] if match else []
    return things[-1] if things else ""
