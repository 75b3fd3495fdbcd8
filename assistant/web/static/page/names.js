// What Gradio leaves unnamed, or names wrongly, for screen readers.
function nameNew() {
  // An answer is announced once it is whole, not with every piece that comes.
  $('#chat [role="log"]')?.setAttribute("aria-busy", busy());
  if (!busy() && $("#busy")?.textContent.startsWith("Still")) $("#busy").textContent = "";
  // The label repeats the whole message, its Markdown too.
  all('#chat [data-testid="bot"][aria-label], #chat [data-testid="user"][aria-label]').forEach((one) => one.removeAttribute("aria-label"));
  // A message's head is a button with another one in it, to close the message.
  all(".toast-header[role]").forEach((one) => ["role", "tabindex"].forEach((name) => one.removeAttribute(name)));
  all("#chips .chip").forEach((chip) => {
    chip.hasAttribute("aria-expanded") || chip.setAttribute("aria-expanded", "false");
    chip.setAttribute("aria-controls", chip.id.slice(5));
  });
  document.body.classList.toggle("busy", busy());
  // What scrolls must be reached by the keyboard.
  all("#beside-tabs > .tabitem").forEach((tab) => tab.setAttribute("tabindex", "0"));
  // What came of adding papers stands below what can be seen of the panel.
  const use = $("#use-corpus");
  if (use?.offsetParent && !use.seen) use.scrollIntoView({ block: "nearest" });
  if (use) use.seen = Boolean(use.offsetParent);
  const filters = $("#chip-filters");
  filters?.classList.toggle("on", filters.textContent.trim() !== "Filters");
}
const name = (selector, role, label) => {
  $(selector)?.setAttribute("role", role);
  if (label) $(selector)?.setAttribute("aria-label", label);
};
// Gradio's <main> holds the columns too; the conversation alone is the main part.
name("main.contain", "none");
name("#head", "banner");
name("#side", "navigation", "Conversations");
name("#main", "main", "Conversation");
name("#beside", "complementary", "Sources, map, years and venues");
panels().forEach((panel) => { panel.setAttribute("role", "group"); panel.setAttribute("tabindex", "-1"); panel.setAttribute("aria-label", panel.querySelector("h2")?.textContent || ""); });
$("#chips")?.append(make("p", { id: "busy", role: "status" }));
showTab("Map");
settle();
