// The selection: ticks in the sources and points on the map are one choice, shown in the tray.
let ticked = new Set();
let telling = 0, takenBy = 0;
function tick(ids, chosen) {
  ids.forEach((id) => (chosen ? ticked.add(id) : ticked.delete(id)));
  showTicks();
  // Once for what is ticked in quick succession: of events on their way, the one that is told last would not count.
  clearTimeout(telling);
  telling = setTimeout(tellTicks, 120);
}
// One at a time: of two on their way the answer to the first may come last.
function tellTicks() {
  const wait = takenBy - performance.now();
  telling = wait > 0 ? setTimeout(tellTicks, Math.min(wait, 60)) : 0;
  if (telling) return;
  takenBy = performance.now() + 4000;
  tell("papers-ticked", [...ticked]);
}
function showTicks() {
  all("#sources input.only").forEach((box) => { box.checked = ticked.has(box.value); });
  all("#map .paper").forEach((point) => {
    point.classList.toggle("ticked", ticked.has(point.dataset.paper));
    point.setAttribute("aria-pressed", ticked.has(point.dataset.paper));
  });
}
const unlike = () =>
  all("#sources input.only").some((box) => box.checked !== ticked.has(box.value)) ||
  all("#map .paper").some((point) => point.classList.contains("ticked") !== ticked.has(point.dataset.paper));
document.addEventListener("change", (event) => {
  if (event.target.matches("#sources input.only")) tick([event.target.value], event.target.checked);
});
document.addEventListener("click", (event) => {
  const bar = event.target.closest("[data-group]");
  if (bar) tell("papers-ticked", { by: bar.dataset.by, group: bar.dataset.group });
  const away = event.target.closest("[data-untick]");
  if (away) tick(away.dataset.untick === "*" ? [...ticked] : [away.dataset.untick], false);
  if (event.target.closest('[data-export="selected"]')) tell("conversation-acted", { do: "export-selected" });
});
