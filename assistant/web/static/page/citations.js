// From a citation to the words it rests on: "#source-3:120-188" is a stretch of source 3. Opens what is folded.
function findSource(chip) {
  const [card, stretch] = chip.getAttribute("href").slice(1).split(":");
  return { source: document.getElementById(card), stretch };
}
function showSource(chip, focus) {
  setPane("beside", true);
  showTab("Sources");
  requestAnimationFrame(() => {
    const { source, stretch } = findSource(chip);
    if (!source) return;
    for (let up = source.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    ["chosen", "meant", "walked"].forEach(unmark);
    chip.classList.add("walked");
    source.classList.add("chosen");
    const words = stretch ? [...source.querySelectorAll(`mark.q${CSS.escape(stretch)}`)] : [];
    words.forEach((one) => one.classList.add("meant"));
    bringUp(words[0] || source.querySelector("mark") || source, $("#tab-sources"), 0.35, smooth());
    if (focus) source.focus({ preventScroll: true });
  });
}
function showTab(name) {
  const tab = all('#beside [role="tab"]').find((one) => one.textContent.trim() === name);
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
}
// From quoted words to every sentence that cites them.
function showCiting(back) {
  unmark("citing");
  unmark("walked");
  const chips = all("#chat a.cite").filter((one) => one.getAttribute("href") === "#" + back.dataset.quote);
  chips.forEach((one) => (one.closest(".claim") || one.closest("li, td, p") || one).classList.add("citing"));
  if (!chips[0]) return;
  if (phone()) setPane("beside", false);
  bringUp(chips[0], $("#thread"), 0.3, smooth());
  chips[0].focus({ preventScroll: true });
}
function pickSentence(where) {
  setPane("beside", true);
  tell("sentence-picked", where);
  setTimeout(() => $("#check")?.scrollIntoView({ block: "nearest", behavior: smooth() }), 300);
}
// "3:year:2023" are the papers of 2023 among those that the third answer counts.
function pickBar(bar) {
  const [turn, by, group] = bar.split(":");
  tell("papers-ticked", { turn: Number(turn), by, group: decodeURIComponent(group) });
}
// The numbers in the table of a count are drawn as bars, the longest for the greatest.
function drawBars() {
  for (const table of new Set(all("#chat a.bar:not([style])").map((one) => one.closest("table")))) {
    const bars = [...table.querySelectorAll("a.bar")], most = Math.max(...bars.map((one) => Number(one.textContent)));
    bars.forEach((one) => one.style.setProperty("--share", Number(one.textContent) / most));
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  const href = link.getAttribute("href");
  if (link.matches("#chat a.cite")) { hidePeek(); showSource(link, true); }
  else if (link.matches("#sources a.back")) showCiting(link);
  else if (link.matches("#chat a.tool") && href.startsWith("#ask:")) ask(decodeURIComponent(href.slice(5)));
  else if (link.matches("#chat a.tool")) begin(decodeURIComponent(href.slice(7)));
  else if (link.matches("#chat a.bar")) pickBar(href.slice(9));
  else if (href.startsWith("#check-")) pickSentence(href.slice(7));
  else return;
  event.preventDefault();
});
// A click on a card opens it, another one folds it.
document.addEventListener("click", (event) => {
  const card = event.target.closest("#sources article.source");
  const other = event.target.closest("a, button:not(.open), label, input");
  if (!card || other || (String(getSelection()) && !event.target.closest(".open"))) return;
  const chosen = card.classList.contains("chosen");
  ["chosen", "meant", "walked"].forEach(unmark);
  card.classList.toggle("chosen", !chosen);
});
// A complaint is about the citation that led here, else about the first one of this source.
document.addEventListener("click", (event) => {
  const card = event.target.closest("#sources button.report")?.closest("article");
  if (!card) return;
  const chips = all("#chat a.cite").filter((one) => findSource(one).source === card);
  const chip = chips.find((one) => one.classList.contains("walked")) || chips[0];
  if (chip) pickSentence(chip.id);
});
document.addEventListener("click", (event) => {
  const unfold = event.target.closest("#sources button.unfold");
  if (!unfold) return;
  const whole = unfold.closest("article").classList.toggle("whole");
  unfold.setAttribute("aria-expanded", whole);
  unfold.textContent = whole ? "Fold" : "Whole abstract";
});

// Copying a reference.
async function copy(text, button) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    if ($("#busy")) $("#busy").textContent = "Copied";
  } catch {
    button.textContent = "Not copied: the browser forbids it";
  }
  setTimeout(() => { button.textContent = words; }, 2000);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button.dataset.copy, button);
});
