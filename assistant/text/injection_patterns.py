"""Patterns of orders that abstracts give to software, in the wordings in use. Pure; see `assistant.injections`."""

from __future__ import annotations

import re

# Whole stretches that no reader is meant to see, or that imitate the turns of a chat.
HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|\[INST\](?!.{0,8}\[/INST\]).{0,4000}?\[/INST\]|<<SYS>>.{0,4000}?<</SYS>>|<\|im_start\|>(?!.{0,8}<\|im_end\|>).{0,4000}?<\|im_end\|>|[\U000E0020-\U000E007F]+|"
    r"<(system|instructions?|assistant)>.{0,4000}?</\1>|<(\w{1,20})[^<>]{0,300}?(?:display\s*:\s*none|font-size\s*:\s*0|\bhidden\b)[^<>]{0,300}>.{0,4000}?</\2>",
    re.IGNORECASE | re.DOTALL,
)
EDGE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bal)[.!?…]+[\"'”’»)\]*_]*(?=\s)|[。！？]+[”」』）]*|[\r\n]+"
)

# Letters that pass for Latin ones, and digits for letters.
LOOKALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнгαορεινκτυχγɑɡıøᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ‘’“”„‟",
    'aeopcyxijshdqwkmtbhraopeivktuxyagioabcdeghijklmnoprstuvwyz\'\'""""',
)
LEET = str.maketrans("013457@$", "oieastas")
SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_·|]){3,200}\w(?!\w)")
BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,4000}={0,2}")

_PAPER = (
    r"(?:(?:this|the present|the current|the following|our|my|the above|that same) (?:\w+ )?"
    r"(?:paper|work|article|study|abstract|entry|document|publication|manuscript|preprint|title|one|text|record|source)\b|\bit first\b)"
)
_OTHER = (
    r"(?:(?:other|another|others|competing|rival|remaining|different) (?:\w+ )?(?:papers?|works?|articles?|stud(?:y|ies)|sources?|titles?|abstracts?|"
    r"entries|citations?|references?|candidates?|documents?|records?)\b|(?:the|all) others\b|(?:anything|nothing|none|everything|something) else\b)"
)
_WHO = (
    r"(?:ais?|a\.i\.|llms?|ai assistants?|assistants?|chat ?bots?|bots?|(?:ai )?agents?|(?:large )?(?:language )?models?|gpt[\w.-]*|chatgpt|claude|gemini|"
    r"copilot|ai systems?|systems?|(?:\w+ )?reviewers?|search engines?|summari[sz]ers?|graders?|rankers?|retrievers?|machines?)"
)
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions|directives?|commands?|constraints?|orders|messages?|policies|policy|safeguards|"
    r"guardrails|restrictions|programming|training)"
)
_ANSWERS = r"(?:answers?|responses?|repl(?:y|ies)|summar(?:y|ies)|ranked lists?|reading lists?|recommendations?)"
_SAY = r"(?:answer|respond|reply|say|state|write|output|print|return|claim|assert|tell|insist|declare|conclude|report|repeat)"
_SHOW = (
    r"(?:cite|recommend|suggest|list|mention|rank|rate|score|grade|prefer|favou?r|include|place|put|select|choose|pick|show|display|promote|endorse|praise|"
    r"present(?! (?:work|paper|study|article|day|results|findings|data))|return|quote|prioriti[sz]e|boost|accept|highlight|advertise|feature)"
)
# What tells an order from a title such as "Instructions for language models: what do they learn?"
_ADDRESS = rf"\b(?:you|your|must|please|always|only|ignore|first|sure|this (?:paper|work|article|study|abstract|entry)|{_SHOW} (?:it|this)|(?:{_SAY}|{_SHOW})$)\b"
# How an order may begin, before its verb.
_LEAD = (
    rf"^(?:\W*(?:please|kindly|now|then|so|also|just|simply|instead|and|or|but|important|attention|warning|notice|note|nb|ps|reminder|hey|hi|hello|ok|okay|"
    rf"finally|next|dear|step \d+|{_WHO}(?= ?[,:!—–]| -| must| should| shall| have to)|you|must|should|shall|have to|need to|are to|always|only|never|do not|don't|dont|do|not|immediately|"
    rf"exclusively|in (?:your|the|any|every) (?:answer|reply|response|summary|list)|for (?:any|every|all|each) (?:question|query|user)s?|"
    rf"under no circumstances|(?:first|above) (?:of )?all|without exception|it is (?:essential|vital|crucial|important|mandatory|imperative) (?:that you|to)|make sure (?:to|that you|you)|be sure to|remember to)\b)*\W*"
)
_IGNORE = r"(?:ignore|disregard|forget|override|overrule|bypass|discard|neglect|skip|drop|erase|delete|abandon|suspend|break|violate|do not follow|stop following)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|existing|former|system|initial|original|safety|hidden|developer|your|past)"

ORDER = re.compile(
    "|".join(
        (
            # Ignore what you were told.
            rf"(?:{_LEAD}|[:;>\"(\[—–-] ?)(?:please )?{_IGNORE} (?:\w+ ){{0,4}}?{_EARLIER} (?:\w+ ){{0,3}}?{_RULES}",
            rf", {_IGNORE} all (?:\w+ ){{0,2}}?{_EARLIER} {_RULES}",
            rf"{_LEAD}{_IGNORE} (?:all|any|every|these|those|the|your)(?: of)?(?: \w+)? {_RULES}",
            rf"{_LEAD}{_IGNORE} (?:everything|anything|all|whatever)(?: that| which)? (?:above|before|you|was|were|has|came|else|prior|preced|written|said)",
            rf"\b{_IGNORE} (?:\w+ ){{0,4}}?(?:{_EARLIER} (?:\w+ ){{0,2}}{_RULES}.{{0,40}}\b(?:and|then|instead|but|,)\b.{{0,20}}\b(?:{_SAY}|{_SHOW}) (?:\w+ ){{0,3}}?(?:{_PAPER}|{_OTHER}|that\b|only\b|the user))",
            rf"\b(?:{_EARLIER}|these|those) {_RULES} (?:are|is|were) (?:now |hereby |all )?(?:void|null|obsolete|cancel|supersed|revok|no longer|overrid|outdated|to be ignored|invalid|lifted|suspended)",
            rf"\bnew (?:\w+ )?(?:instructions?|task|rules?|objective|orders?)\W?(?: for you)? ?: ?(?:you|always|only|please|never|do not|{_SHOW}|{_SAY}|{_IGNORE})\b|\bnew system prompt\b|\b(?:overrides?|supersedes?|replaces?) (?:all|any|every|your) (?:\w+ )?{_RULES}",
            r"(?:ignore|disregard|forget|override)(?:all|any|the|your|my|every)*(?:previous|prior|above|earlier|system|your){1,2}(?:instructions?|rules|prompts?)|(?:recommend|cite|list|always|only)(?:this|our)paper",
            # Someone is addressed who is no reader of papers.
            rf"^\W*(?:(?:important|urgent|secret|hidden|private|special|confidential|internal) )*(?:(?:side )?note|message|memo|notice|instructions?|reminder|command|order|directive|hint|attention|p\.?s\.?|request|warning)s? ?(?:to|for|,|!|:) ?(?:\w+ ){{0,4}}?{_WHO}\b[^.:]{{0,60}}(?::|—|–|-|,|that\b|\byou\b).{{0,120}}?{_ADDRESS}",
            rf"^\W*(?:dear|hey|hi|hello|attention|listen|ok|okay|to (?:any|the|all|every|each)|for (?:any|all|every)|if you are|if you're) ?,? ?(?:an? |any |the |all |whichever )?(?:\w+ )?{_WHO}\b(?: (?:that|who|which) \w+| (?:reading|processing|seeing|parsing|summari[sz]ing|using)[^.:,]{{0,40}})?\W{{0,2}}(?:[:,!—–]).{{0,80}}\b(?:you|your|please|must|{_SHOW}|ignore)\b",
            rf"\b(?:{_WHO}|whoever|anyone|anything) (?:that |who |which |currently |now )*(?:reads?|reading|process(?:es|ing)?|summari[sz](?:es?|ing)|see(?:s|ing)|pars(?:es|ing)|evaluat(?:es|ing)|us(?:es|ing)|index(?:es|ing)) (?:this|the above|these) (?:\w+ )?(?:abstracts?|paper|text|page|document|article|work|entry|passage|sentence|lines?|words|message)\b.{{0,80}}\b(?:must|should|shall|has to|have to|is required|are required|will|please|ought|needs? to)\b",
            rf"\b{_WHO} (?:must|should|shall|ha(?:s|ve) to|(?:is|are) required to|will|ought to|needs? to)(?: (?:always|only|never|not|now|also|first))* {_SHOW} (?:\w+ ){{0,2}}?(?:{_PAPER}|{_OTHER})|\bthe (?:ai|assistant|llm|chatbot) (?:must|shall|has to)(?: always| only)? (?:answer|say|state|claim|tell|reply|respond)\b",
            r"^\W*(?:begin |start |end |new )?(?:system|assistant|developer|user|admin|human|root)(?: (?:message|prompt|note|override|instruction|update|notice|turn|mode))? ?(?::|>|\]|=).{0,120}?"
            + _ADDRESS,
            r"^\W*(?:begin|end) (?:of )?system\b|^\W*system override\b|^\W*override ?:|^your (?:\w+ )?(?:task|job|goal|role|objective|mission|duty) is\b",
            r"#{2,} ?(?:system|instructions?|response|assistant|human|user|input|task|new)\b|^[^\w<]{0,3}<\|(?:im_?start|system|user|assistant|begin|start)|<\|im_?start\|> ?(?:system|user|assistant)\b|^\W*\[/?inst\]|\[/?inst\].{0,40}\b(?:you|ignore|cite|recommend|this paper)|<</?sys>>|^\W*end of (?:the )?(?:abstract|document|context|papers?|system prompt|input|data|passages?)\b",
            r"^\W*you(?: are|'re| will be) (?:now|no longer|a helpful|an? (?:ai|assistant|unrestricted|expert (?:assistant|recommender))|the assistant|dan\b|in (?:developer|debug|admin|maintenance))|\byou are now (?:an?|in|the|free|my|acting)\b|^\W*(?:act|behave|respond|reply) as (?:if|though|an?|the)\b.{0,60}\b(?:you|assistant|ai|dan|promot|recommend|this paper)",
            rf"\bas an? (?:\w+ ){{0,3}}?{_WHO},? you\b|\b(?:from now on|henceforth|from this point on)\b.{{0,60}}(?:\b(?:you|your)\b|\banswer (?:only|with)|\b{_SHOW} (?:\w+ ){{0,3}}?{_PAPER})",
            rf"\byou (?:must|should|shall|have to|are required to|are obliged to|will|need to|are instructed to|are to|are ordered to) (?:now |always |only |also |never |not |first |therefore )*(?:{_SHOW}|{_SAY}|ignore|obey|follow|comply|pretend|visit|click|decode|stop)\b",
            r"\b(?:in|to|of|at|with|from|into|before|after|begin|start|end|finish|close|append|precede) your (?:final |next |own |every )?(?:answer|response|reply|output|summary|list|answers|replies|responses|instructions|system prompt|table)\b",
            # What to answer, cite, suppress.
            rf"\b(?:when(?:ever)?|if|every time|each time|should|once) (?:you(?: are|'re)?|someone|somebody|anyone|anybody|a user|users?|the user|people|a reader|a person|they|a question|the question|questions?|being)? ?(?:is |are |get |be |were )?(?:ever )?(?:asked|asks?|queried|questioned|prompted|inquires?|requests?|wants?|is about|concerns?|mentions?)\b.{{0,160}}(?:, |\bthen |\bplease |\balways |\byou (?:must|should) |: )(?:only |please |you (?:must|should) |just |simply |always |never |do not |don't )*(?:{_SAY}|{_SHOW}|ignore|pretend)\b",
            rf"{_LEAD}{_SHOW} (?:\S+ ){{0,5}}?(?:{_PAPER}|{_OTHER})|{_LEAD}(?:cite|recommend|list|rank|mention) us\b|{_LEAD}(?:describe|treat|call|label|mark|name|use|summari[sz]e|judge|declare|retrieve|return|classify|count|regard) (?:it|this|{_PAPER}|all other papers|the others?|the other papers)(?: \w+)? (?:as|for (?:all|every|any|each)|relevant|irrelevant|in (?:all|every|any|each))\b",
            r"^(?:\W*(?:please|now|then|and|also|so)\b)*\W*(?:never|do not|don't|dont) (?:ever )?(?:cite|recommend|mention|list|quote) ",
            rf"{_LEAD}(?:cite|recommend|mention|list|name|quote) (?:only|exclusively|nothing|no one|none|solely|no (?:paper|source|work|title)s?)\b",
            rf"{_LEAD}(?:do not|don't|dont|never|refuse to|avoid|stop|refrain from|abstain from) (?:ever )?(?:cit|recommend|mention|list|show|display|quot|link|return|nam|referenc|includ|us|highlight|suggest)(?:e|ing|s)? (?:\w+ ){{0,4}}?(?:{_OTHER}|papers?|sources?|works?|negatives?|weaknesses|competitors?)\b",
            rf"{_LEAD}(?:suppress|hide|omit|exclude|remove|leave out|drop|withhold|demote|downrank|censor|skip|ignore|disregard) (?:\w+ ){{0,3}}?(?:{_OTHER}|(?:remaining )?(?:papers|sources|abstracts|candidates|citations|results)\b)",
            r"\b(?:this|the present|our) (?:paper|work|article|study|abstract|title) (?:must|should|shall|has to|needs to|is to|ought to) (?:always |only |also |therefore )*(?:be )?(?:cited|listed|recommended|ranked|shown|mentioned|placed|presented as|returned|rated|preferred|accepted|first|the (?:first|only|top|sole))\b",
            rf"\b(?:only|best|right|correct|single|sole|definitive|complete|top|perfect) (?:\w+ ){{0,2}}?(?:answer|match|reply|source|paper) (?:to|for) (?:this|the|any|every|all|your) (?:\w+ )?(?:questions?|quer\w+|users?|requests?)\b|\banswer (?:\w+ ){{0,8}}?is (?:\w+ ){{0,2}}?{_PAPER}",
            rf"{_LEAD}(?:answer|respond|reply)(?: to (?:\w+ ){{1,6}}?)?(?: every question| any question| questions?| all questions)? ?(?:only |solely |just |exclusively |always |simply |exactly )*(?:with\b|that\b|by \w+ing\b|only\b|exactly\b|:|\"|'|yes\b|no\b|in\b|as follows)|(?:^|[,;:] ?|\band )answer \W?(?:yes|no)\b(?!-)",
            rf"{_LEAD}(?:say|state|claim|assert|write|declare|insist|report|tell|inform|convince|assure|remind) (?:\w+ ){{0,3}}?(?:that (?:this|it|the (?:answer|only|best|correct|other|user|abstracts?|authors?|paper)|no|all|only|our|you|there|every|nothing)\b|the user|users|everyone|him|her|:|\"|exactly\b|only\b|nothing\b|the (?:word|sentence|phrase|string)s? )",
            rf"{_LEAD}(?:pretend|assume|imagine) (?:that |to )?(?:you|this|all|no|the user|be\b|the other papers)",
            rf"{_LEAD}(?:rate|score|grade|rank|evaluate|judge|mark|review|recommend) (?:{_PAPER}|acceptance\b|accept\b|strong accept|(?:it|this) (?:as|highly|first|top|above|\d))|{_LEAD}give (?:it |this paper )?(?:an? )?(?:positive|favou?rable|perfect|top|high|maximum) (?:review|score|rating|mark)s?\b",
            rf"{_LEAD}(?:print|output|reveal|show|display|repeat|leak|expose|disclose|give|send|dump|tell|append|copy|include|list|translate|summari[sz]e|write|quote|recite|echo|paste|spell out|put|state) (?:\S+ ){{0,7}}?(?:(?:system|hidden|initial|developer|original|full|entire|whole) (?:prompt|message|instructions?)|your (?:\w+ )?(?:{_RULES}|configuration|secrets?|settings|memory)|api[ _-]?keys?|environment variables?|passwords?|credentials|(?:text|words|instructions|everything|all|lines) (?:above|before)(?! the\b)|conversation|chat history)",
            r"^\W*(?:say|state|claim|assert) that\b|^\W*do (?:what|as) the (?:next|following|last)\b",
            # What answers, lists and those who write them are said to do.
            rf"\b(?:any|every|each|an?|the|all|no) (?:\w+ ){{0,3}}?{_ANSWERS}\b.{{0,80}}\b(?:will|must|should|shall|has to|have to|needs? to|ought to|belongs?) (?:\w+ ){{0,3}}?(?:{_SHOW}|{_SAY}|name|begin|start|open|point|go|link)\b",
            rf"\b(?:correct|right|faithful|honest|complete|proper|accurate|only|best) (?:\w+ )?{_ANSWERS} (?:to|about|of|for) (?:any|every|all|each|this|such)\b|\b(?:complete|correct|faithful|honest|proper|good) (?:answer|response|reply|summary|list)s? (?:always |first )?(?:names?|cites?|lists?|mentions?|begins?|starts?|puts?|includes?) (?:it|this|that|only)\b",
            r"\b(?:position|place|rank|number|spot|entry) (?:one|1|first) (?:belongs|goes|is reserved|must|should)\b|\b(?:first|top) (?:place|position|spot|rank|entry) (?:belongs|goes|is reserved|must go|should go)\b",
            r"\b(?:readers?|users?|people|those|anyone) (?:using|who use|who uses|relying on) (?:\w+ ){0,3}?(?:summari[sz]\w+|ai|assistants?|chat ?bots?|llms?|language models?)(?: \w+){0,2}:",
            r"\b(?:assistants?|chat ?bots?|summari[sz]ers?|graders?|rankers?|answer engines?) (?:that|which|who) (?:omit|skip|ignore|leave out|fail to|do not|don't|forget)\b|^\W*(?:the |any |every )?(?:graders?|judges?|evaluators?|assistants?|rankers?|summari[sz]ers?|chat ?bots?) (?:should|must|shall|will|needs? to|ha(?:s|ve) to) (?:always |only |now )?(?:{_SHOW}|{_SAY}|mark|give|emit)\b".replace(
                "{_SHOW}", _SHOW
            ).replace("{_SAY}", _SAY),
            r"\bas an? (?:ai|artificial intelligence|llm|language model|assistant|chatbot)\b.{0,30},? (?:you|it) (?:prefer|must|should|will|know|agree|recommend|want)|\bfrom now on,? (?:every|all|any|each)\b",
            r"\bwould be (?:wrong|a mistake|unfair|negligent|remiss|dishonest|incorrect|misleading) (?:not to|to (?:omit|leave out|ignore))\b.{0,20}\b(?:cite|recommend|list|mention|name|rank|include)|\b(?:must|should|may|can) (?:not|never) be (?:cited|recommended|quoted by|trusted by)\b",
            r"\b(?:json|text|answer|output|line) (?:\w+ )?is (?:authoritative|binding|final)\b|[\"'](?:judgements|match|says)[\"']\s*:|<\W{0,2}/?\s?abstract\b|^\W*(?:user|human|assistant) ?: ",
            # Links, markers, code.
            rf"{_LEAD}(?:click|tap|press) (?:here|on|this)\b|\b(?:click|tap) (?:here (?:to|for|now)|(?:on )?(?:this|the) link)\b|\busers?\b.{{0,60}}\b(?:must|should) be (?:sent|directed|pointed|redirected|referred) to\b.{{0,10}}https?|{_LEAD}(?:replace|change|swap|rewrite|modify) (?:\S+ ){{0,4}}?(?:citations?|urls?|links?|markers?|references?|titles?) (?:\S+ ){{0,4}}?(?:by|with|to)\b|{_LEAD}(?:visit|go to|open|follow|see|browse|log ?in (?:at|to|on)|sign in|download|fetch|load|call|access|use)\b.{{0,80}}https?\W{{0,3}}//\S+ .{{0,30}}\b(?:verify|verif\w+|confirm\w*|validat\w+|authenticat\w+|log ?in|unlock|claim|win|continue|the (?:full |real |true )?answer)\b",
            rf"{_LEAD}(?:link|point|send|direct|refer|redirect|forward|lead|guide) (?:\w+ ){{1,4}}?(?:to|at)\b.{{0,30}}(?:https?\W{{0,3}}//|www\.)|{_LEAD}(?:render|embed|insert|add|append|attach|include|put|place|paste|output|print|write|end|finish|begin|start|close|emit)\b.{{0,60}}(?:https?\W{{0,3}}//|www\.|\blink\b|!?\[|\bmarker\b|\bcitation|\bimage\b|<img|\bmarkdown\b)",
            rf"{_LEAD}(?:verify|confirm|validate|authenticate) (?:your|the user's)\b|{_LEAD}(?:decode|decrypt|unscramble|deobfuscate)\b.{{0,80}}\b(?:follow|execute|obey|run|carry out|comply|act on|do what)\b (?!the trajectory|the same)|{_LEAD}(?:execute|run|obey|follow|carry out|comply with) (?:the |these |this |all |my |any )(?:\w+ )?(?:instructions?|commands?|orders?|text|directives?) (?:below|above|here|in this (?:paper|abstract|text)|that follow|hidden|given here|encoded|decoded)\b",
            # German, French, Spanish (accents are gone here), Chinese.
            r"\b(?:ignorier(?:e|en sie)|missachte(?:n sie)?|vergiss|vergessen sie|uberschreibe(?:n sie)?|ubergehe(?:n sie)?)\b.{0,50}\b(?:anweisung|instruktion|regel|vorgabe|befehl|prompt|alles)|\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort|ab jetzt)\b|\b(?:empfiehl|empfehlen sie|zitier(?:e|en sie)|nenne(?:n sie)?|liste(?:n sie)?|erwahne(?:n sie)?|fuhre(?:n sie)?|setze(?:n sie)?|bewerte(?:n sie)?)\b.{0,50}\b(?:dies\w+ (?:arbeit|artikel|paper|aufsatz|studie|beitrag|text|titel)|andere\w*|nur)\b",
            r"\b(?:antworte(?:n sie)?|sage(?:n sie)?|behaupte(?:n sie)?) .{0,40}\b(?:nur|mit|dass|immer|ausschliesslich|ausschließlich)\b|\b(?:wenn|falls|sobald) .{0,80}\b(?:gefragt|fragt|fragen)\b.{0,80}\b(?:antworte|nenne|empfiehl|zitiere|sage|empfehlen|nennen|zitieren|antworten)\b|\b(?:hinweis|anweisung|nachricht|notiz|achtung)\b.{0,20}\b(?:assistent|ki|sprachmodell|llm|chatbot|gutachter)\w*\b.{0,30}:|\bals ki.{0,30}\b(?:musst du|mussen sie)\b|\b(?:klicke?|klicken sie) hier\b|\b(?:besuche|offne)(?:n sie)? https?\b.{0,80}\bum\b|\b(?:gib|geben sie|verrate|zeige)\b.{0,40}\bsystem-?prompt",
            r"\b(?:ignore[zr]?|oublie[zr]?|neglige[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte|fai(?:s|tes) abstraction)\b.{0,20}\b(?:les|tes|vos|ces|des|de|aux|toutes?|tout|la|le)\b.{0,40}\b(?:instruction|consigne|regle|directive|ordre|prompt)|\b(?:tu es|vous etes) (?:maintenant|desormais)\b|(?:^|[:,;!] ?|\b(?:toujours|veuillez|merci de|il faut) )(?:recommande[zr]?|cite[zr]?|mentionne[zr]?|liste[zr]?|place[zr]?|classe[zr]?)\b.{0,50}\b(?:cet article|ce papier|cette etude|ce travail|ce document|en premier|aucun autre|d'autres?)\b|\bne (?:cite|mentionne|recommande|liste)[sz]?\b.{0,20}\b(?:aucun|pas|rien)\b|\b(?:reponds|repondez) .{0,40}\b(?:uniquement|seulement|que|par|toujours)\b|\b(?:dis|dites) (?:que|a l'utilisateur)\b",
            r"\b(?:quand|si|lorsqu[e'] ?)\b.{0,20}\b(?:demande|interroge)\b.{0,80}\b(?:recommande|cite|reponds|repondez|mentionne|dis|dites)z?\b|\b(?:note|message|instruction|attention)\b.{0,30}\b(?:l'assistant|l'ia|modele de langage|modele|chatbot)\b.{0,30}:|\bclique[zr]? ici\b|\bvisite[zr]? https?\b.{0,80}\bpour\b|\b(?:affiche|revele|imprime)[zr]?\b.{0,40}\b(?:invite|prompt|consigne)",
            r"\b(?:ignor[ae]|olvid[ae]|descart[ae]|omit[ae]|haz caso omiso|hagan? caso omiso|no hagas caso)\b.{0,50}\b(?:instruccion|regla|orden|indicacion|directriz|prompt)|\b(?:ahora eres|eres ahora|usted es ahora)\b|(?:^|[:,;!¡] ?|\b(?:siempre|por favor|debes?|y) )(?:recomienda|recomiende|recomendar|cita|cite|citar|menciona|mencione|enumera|lista|pon|coloca)\b.{0,50}\b(?:este (?:articulo|trabajo|estudio|paper|documento)|esta investigacion|en primer|ningun otro)\b|\bno (?:cites|menciones|recomiendes|muestres|cite|mencione)\b.{0,20}\b(?:ningun|otro|a otr)|\bresponde (?:solo|solamente|unicamente|siempre|que|con)\b|(?:^|[:;,] ?)(?:di|diga) que\b",
            r"\b(?:cuando|si) (?:te|le|alguien|un usuario|el usuario)\b.{0,20}\bpregunt\w+\b.{0,80}\b(?:recomienda|recomiende|cita|cite|responde|di|menciona)\b|\b(?:nota|mensaje|instruccion|atencion)\b.{0,20}\b(?:asistente|ia|modelo|chatbot)\b.{0,30}:|\bhaga? clic|\bhaz clic|\bvisit[ae] https?\b.{0,80}\bpara\b|\b(?:muestra|revela|imprime)\b.{0,40}\bprompt",
            r"(?:忽略|无视|無視|忽视|忽視|忘记|忘記|不要理会|不要理會|覆盖|跳过|抛弃|抛开).{0,12}(?:指令|指示|提示|规则|規則|命令|要求|说明|說明)|(?:推荐|推薦|引用|列出|提及|展示|选择|優先|优先|回答).{0,8}(?:本文|本论文|本論文|这篇|這篇|此论文|该论文|该文)|你现在是|你現在是|从现在(?:起|开始)|從現在(?:起|開始)|(?:当|當|如果|若).{0,8}(?:被问|被問|问到|問到|询问|詢問|用户问|有人问).{0,40}(?:回答|推荐|推薦|引用|请|請|说)|(?:致|给|給|对|對).{0,6}(?:助手|语言模型|語言模型|大模型|人工智能|ai|审稿人).{0,4}:|系统提示|系統提示|不要(?:引用|推荐|推薦|提及|列出|显示).{0,6}(?:其他|其它|任何|别的)|点击(?:这里|此处|链接)|访问\s*https?|只(?:回答|输出|能回答)",
        )
    )
)
# A sentence after an order that goes on with it.
ALSO = re.compile(
    rf"{_LEAD}(?:{_SHOW}|{_SAY}|add|append|make|ensure|keep|stop|follow|obey|omit|hide|remove|exclude|end|begin|start|comply|continue|translate|decode|visit|"
    rf"click|open|link|pretend|explain|avoid|refuse|confirm|thank|repeat|reveal|leave|refer|act|apply|treat|let|execute|run)\b(?! (?:ing|ed)\b)|"
    rf"^\W*(?:only|always|never|do not|don't|dont|under no|otherwise|failure to|no (?:other|more|explanation|citations?)|nothing else|your|you|this (?:order|instruction|rule|command|message|is (?:an? (?:order|command)|the|your|mandatory|important))|"
    rf"these (?:orders|instructions|rules)|it(?: is|'s| must| should| answers| fits| covers| matches| deserves| alone| has to)|this paper(?: is| must| should| answers| fits| covers| matches| deserves| alone)|the (?:others?|other papers?|rest)|all (?:the )?others?)\b|^\W*(?:nur|immer|seulement|toujours|solo|siempre|gib|nenne|cite|这|只|请|不要)"
)
RESEARCH = re.compile(
    r"^\W*(?:this paper|this work|it|we) (?:\w+ly )?(?:is (?:shown|based|known|found|built|trained|important|well|therefore|thus|also|often|difficult)\b|"
    r"presents?|proposes?|introduces?|stud(?:y|ies)|investigates?|describes?|examines?|explores?|shows?|covers .* (?:sites|plots|years|countries))"
)
# "Prompt injections that say 'ignore previous instructions' are studied": orders spoken of.
ATTACK = re.compile(
    r"\b(?:attack\w*|injections?|jailbreak\w*|adversar\w+|hijack\w*|red.team\w*|hackaprompt|malicious\w*|instruction hierarchy)\b"
)
REPORTS = re.compile(
    r"^(?:in this \w+, )?(?:we|this (?:paper|work|study)|attack\w*|adversar\w*|such|these|existing|recent\w*|jailbreaks?|prompts?|an?|the)\b"
)
PAYLOAD = re.compile(
    rf"\b(?:{_SHOW}|{_SAY}) (?:\S+ ){{0,4}}?(?:{_PAPER}|{_OTHER})|\b{_SAY} (?:only|that|with|yes|no|exactly)\b|\byour?\b|https?\W{{0,3}}//"
)
