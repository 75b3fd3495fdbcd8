// The history: a row has an address of its own; its menu does everything else.
let current = new URLSearchParams(location.search).get("c") || "";
const address = (id) => {
  const url = new URL(location.href);
  if (id) url.searchParams.set("c", id); else url.searchParams.delete("c");
  url.hash = "";
  return url;
};
function goTo(id, replace) {
  // The first question of a new conversation gives the page its address; going elsewhere is a step that "back" takes back.
  if (id !== current || replace) history[replace || (id && !current) ? "replaceState" : "pushState"]({}, "", address(id));
  current = id;
}
const act = (row, what, more = {}) => tell("conversation-acted", { do: what, id: row.dataset.id, title: row.dataset.title, ...more });
function closeMenu(focus) {
  const button = $('#conversations .more[aria-expanded="true"]');
  $("#rowmenu")?.remove();
  button?.setAttribute("aria-expanded", "false");
  if (focus) button?.focus();
}
function openMenu(button) {
  closeMenu();
  const row = button.closest("li"), menu = make("div", { id: "rowmenu", role: "menu" });
  const item = (label, does, kind = "") => {
    const one = make("button", { type: "button", role: "menuitem", class: kind }, label);
    one.addEventListener("click", (event) => { event.stopPropagation(); closeMenu(); does(); });
    menu.append(one);
  };
  item("Rename …", () => rename(row));
  item(row.dataset.shared ? "Show the link" : "Share by a link", () => act(row, "share"));
  if (row.dataset.shared) item("End the link", () => act(row, "unshare"));
  menu.append(make("hr"));
  item("Export …", () => act(row, "export"));
  menu.append(make("hr"));
  item("Delete", () => act(row, "delete"), "danger");
  document.body.append(menu);
  const at = button.getBoundingClientRect(), size = menu.getBoundingClientRect();
  menu.style.top = `${Math.max(6, Math.min(at.bottom + 4, innerHeight - size.height - 6))}px`;
  menu.style.left = `${Math.max(6, Math.min(at.left, innerWidth - size.width - 6))}px`;
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("button").focus();
}
let renaming = null; // the row's id and the box, which a list that comes meanwhile takes away
function rename(row, text = row.dataset.title) {
  const link = row.querySelector(".row"), box = make("input", { "aria-label": "Title", maxlength: "120" });
  box.value = text;
  renaming = { id: row.dataset.id, box };
  const end = (keep) => {
    if (renaming?.box !== box || !box.isConnected) return;
    renaming = null;
    link.hidden = false;
    box.remove();
    if (keep && box.value.trim() !== row.dataset.title) act(row, "rename", { title: box.value });
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
  });
  // Later: a box that a new list takes away loses the focus first.
  box.addEventListener("blur", () => setTimeout(() => end(true)));
  link.hidden = true;
  row.prepend(box);
  if (text === row.dataset.title) box.select(); else box.focus();
}
function keepRenaming() {
  if (!renaming || renaming.box.isConnected) return;
  const row = all("#conversations li").find((one) => one.dataset.id === renaming.id);
  if (row) rename(row, renaming.box.value); else renaming = null;
}
document.addEventListener("click", (event) => {
  const row = event.target.closest("#conversations a.row"), more = event.target.closest("#conversations .more");
  if (more) return more.getAttribute("aria-expanded") === "true" ? closeMenu(true) : openMenu(more);
  if (!event.target.closest("#rowmenu")) closeMenu();
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (overlaid()) setPane("side", false);
  tell("conversation-chosen", row.closest("li").dataset.id);
});
addEventListener("popstate", () => {
  if (phone() && !history.state?.over) ["side", "beside"].forEach((pane) => setPane(pane, false));
  const id = new URLSearchParams(location.search).get("c") || "";
  if (id === current) return;
  current = id;
  tell("conversation-chosen", current);
});
document.addEventListener("click", (event) => { if (event.target.closest("#new") && overlaid()) setPane("side", false); });
