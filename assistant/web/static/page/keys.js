// Keys: "/" to the question, left and right walk the citations, Esc stops the answer or closes what is open, "?" tells them.
const KEYS = { "/": "to the question", Enter: "ask; with Shift a new line", "← →": "walk the citations and their words", Esc: "close what is open, else stop the answer", "?": "this list" };
function showKeys() {
  const list = make("dl");
  for (const [key, what] of Object.entries(KEYS)) list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, what));
  sheet("Keyboard", list, make("p", {}, "In a question: [3] is the source with that number; year>=2023, author:shan, venue:CVPR, tag:video, type:article, cited>=50, retracted:no keep to some papers, sort:cited orders them; “these” are the papers selected."));
}
document.addEventListener("click", (event) => { if (event.target.closest("[data-help]")) showKeys(); });
// While an answer is under way there is a button to stop it, and once it has words, what may be done with it waits.
const stopping = () => all("#question button").find((one) => one.textContent.trim() === "Stop");
const busy = () => Boolean(stopping() || $("#chat .message-buttons button[disabled]"));
let sent = { text: "", at: 0 };
// An answer that has just ended is still being put in its place for a moment, which is waited for.
let soon = 0;
function askSoon(box, text, until) {
  clearTimeout(soon);
  if (box.value !== text) return;
  if (!busy()) {
    sent = { text, at: performance.now() };
    all("#question button").find((one) => one.textContent.trim() === "Ask")?.click();
  } else if (performance.now() < until) soon = setTimeout(askSoon, 50, box, text, until);
  else $("#busy").textContent = "Still answering: wait, or press Esc to stop it.";
}
const typing = (element) => element.matches('input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="tab"], [role="listbox"] *');
function escape() {
  if (peeking) hidePeek();
  if ($("#rowmenu")) closeMenu(true);
  else if (openedPanel()) { const chip = $(`#chip-${openedPanel()}`); openPanel(""); chip?.focus(); }
  else if (phone() && shown("beside")) { setPane("beside", false); $("#chat a.cite.walked")?.focus({ preventScroll: true }); }
  else if (overlaid() && shown("side")) setPane("side", false);
  else if (stopping()) stopping().click();
  else document.activeElement?.blur(); // out of the question box: arrows walk the citations
}
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("#rowmenu");
  if (menu && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    const items = [...menu.querySelectorAll("button")], now = items.indexOf(document.activeElement);
    items[(now + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
    return event.preventDefault();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const point = event.target.closest?.("#map .paper");
  const sends = event.target.matches?.("#question textarea") && event.key === "Enter" && !event.shiftKey;
  if (sends && !busy()) {
    // What is sent twice in a moment is asked once.
    const twice = sent.text === event.target.value && performance.now() - sent.at < 1500;
    if (twice) { event.preventDefault(); event.stopPropagation(); }
    sent = { text: event.target.value, at: performance.now() };
    openPanel("");
  } else if (sends) {
    // What is typed stays; a question at a time.
    askSoon(event.target, event.target.value, performance.now() + 1000);
    event.preventDefault();
    event.stopPropagation();
  } else if (point && event.key.startsWith("Arrow")) {
    walkMap(point, event.key);
    event.preventDefault();
  } else if (point && (event.key === "Enter" || event.key === " ")) {
    choosePoint(point);
    event.preventDefault();
  } else if (event.key === "Escape" && event.target.matches("#chat textarea")) {
    event.target.closest(".message-wrap, .bubble-wrap, .user-row")?.querySelector('button[aria-label="Cancel"], button[title="Cancel"]')?.click();
  } else if (event.key === "Escape") {
    if (!$("dialog[open]") && !event.target.matches("#conversations li > input")) escape();
  } else if ((typing(event.target) && !(event.key.startsWith("Arrow") && event.target.matches("#question textarea") && !event.target.value)) || $("dialog[open]") || menu) {
    return;
  } else if (event.key === "/") {
    $("#question textarea")?.focus();
    event.preventDefault();
  } else if (event.key === "?") {
    showKeys();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const chips = all("#chat a.cite");
    const now = chips.findIndex((one) => one === document.activeElement || one.classList.contains("walked"));
    const step = event.key === "ArrowRight" ? 1 : -1;
    const chip = chips[now < 0 ? (step > 0 ? 0 : chips.length - 1) : now + step];
    if (!chip) return;
    chip.focus({ preventScroll: true });
    bringUp(chip, $("#thread"), 0.3, "auto");
    showSource(chip, false);
    event.preventDefault();
  }
}, true);
