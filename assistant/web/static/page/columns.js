// Columns that are shown and hidden: history at the left, sources at the right (a sheet on a phone).
// What lies over the conversation is a step that "back" takes back.
const shown = (pane) => !document.body.classList.contains(`no-${pane}`);
function setPane(pane, open) {
  const was = shown(pane);
  document.body.classList.toggle(`no-${pane}`, !open);
  all(`[data-pane="${pane}"]`).forEach((button) => button.setAttribute("aria-expanded", open));
  if (open && phone()) setPane(pane === "side" ? "beside" : "side", false);
  if (!phone() || open === was) return;
  if (open && !history.state?.over) history.pushState({ over: true }, "");
  else if (!open && history.state?.over && !shown("side") && !shown("beside")) history.back();
}
setPane("side", window.innerWidth >= 1300);
setPane("beside", !phone());
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pane]");
  if (button) setPane(button.dataset.pane, !shown(button.dataset.pane));
  else if (event.target.closest("#main")) {
    if (overlaid() && shown("side")) setPane("side", false);
    if (phone() && shown("beside") && !event.target.closest("a.cite, a.doubt")) setPane("beside", false);
  }
});
