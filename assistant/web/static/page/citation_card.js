// A card at the citation under the pointer or the focus: title, year, the quoted words with their neighbours, the check.
let peeking = null, waiting = 0;
const VERDICTS = { quoted: "❝ quoted word for word", supported: "✓ supported by these words", partly: "◐ supported only in part", not: "✕ not supported" };
function hidePeek() {
  clearTimeout(waiting);
  $("#peek")?.remove();
  if (peeking) peeking.removeAttribute("aria-describedby");
  peeking = null;
}
function showPeek(chip) {
  const { source, stretch } = findSource(chip);
  if (!source || peeking === chip) return;
  hidePeek();
  chip.removeAttribute("title");
  const card = make("div", { id: "peek", role: "tooltip" });
  card.append(make("strong", {}, source.querySelector("h3").textContent.trim()));
  card.append(make("p", { class: "facts" }, ...source.querySelector(".facts").cloneNode(true).childNodes));
  const abstract = [...source.querySelector(".abstract").childNodes].filter((one) => !one.matches?.("a.back, .gap"));
  const words = stretch ? abstract.filter((one) => one.matches?.(`mark.q${CSS.escape(stretch)}`)) : [];
  if (words.length) {
    const first = abstract.indexOf(words[0]), last = abstract.indexOf(words[words.length - 1]);
    const before = abstract.slice(0, first).map((one) => one.textContent).join("");
    const after = abstract.slice(last + 1).map((one) => one.textContent).join("");
    const mark = make("mark", {}, words.map((one) => one.textContent).join(""));
    card.append(make("p", {}, before.slice(-160).replace(before.length > 160 ? /^\S*\s/ : /^$/, "… "), mark, after.slice(0, 160).replace(/([.!?])\s.*$/s, "$1 …")));
  }
  const claim = chip.closest(".claim");
  const kind = claim && Object.keys(VERDICTS).find((name) => claim.classList.contains(name));
  if (kind) card.append(make("p", { class: "verdict" + (kind === "partly" || kind === "not" ? " doubtful" : "") }, VERDICTS[kind]));
  document.body.append(card);
  const at = chip.getBoundingClientRect(), size = card.getBoundingClientRect();
  const below = at.bottom + 6 + size.height < innerHeight;
  card.style.top = `${below ? at.bottom + 6 : Math.max(6, at.top - size.height - 6)}px`;
  card.style.left = `${Math.max(6, Math.min(at.left - 20, innerWidth - size.width - 6))}px`;
  chip.setAttribute("aria-describedby", "peek");
  peeking = chip;
}
function peekSoon(event) {
  const chip = event.target.closest?.("#chat a.cite");
  clearTimeout(waiting);
  if (chip) waiting = setTimeout(() => showPeek(chip), event.type === "focusin" ? 0 : 150);
  else if (peeking) waiting = setTimeout(hidePeek, 250);
}
document.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") peekSoon(event); });
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(":focus-visible") || !event.target.matches?.("#chat a.cite")) peekSoon(event);
});
document.addEventListener("scroll", () => peeking && hidePeek(), { capture: true, passive: true });
