// Chips in the composer open small panels, one at a time.
const PANELS = "#corpus-part, #model-part, #filters";
const panels = () => all(PANELS);
function openPanel(id) {
  panels().forEach((panel) => panel.classList.toggle("open", panel.id === id));
  all("#chips .chip").forEach((chip) => chip.setAttribute("aria-expanded", chip.id === `chip-${id}`));
  if (id) $("#" + id).focus({ preventScroll: true });
}
const openedPanel = () => panels().find((panel) => panel.classList.contains("open"))?.id || "";
document.addEventListener("click", (event) => {
  if (event.target.closest("#use-corpus")) openPanel("");
  const chip = event.target.closest("#chips .chip"), link = event.target.closest("[data-panel]");
  if (chip) openPanel(openedPanel() === chip.id.slice(5) ? "" : chip.id.slice(5));
  else if (link) openPanel(link.dataset.panel);
});
document.addEventListener("pointerdown", (event) => {
  if (openedPanel() && !event.target.closest(PANELS + ", #chips, [data-panel], ul.options, [role=listbox], .toast-wrap")) openPanel("");
});

// Questions that are offered, and the table's tools.
const ask = (text) => { openPanel(""); tell("question-chosen", text); };
function write(text, box = $("#question textarea")) {
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return box;
}
const begin = (text) => write(text).focus();
document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-ask]");
  if (offer) ask(offer.dataset.ask);
});
