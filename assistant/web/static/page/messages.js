// What the server tells: an address, a file, a link, what was deleted.
function toast(text, undo) {
  $("#toast")?.remove();
  const told = make("div", { id: "toast", role: "status" }, text);
  const gone = setTimeout(() => told.remove(), undo ? 10000 : 5000);
  if (undo) {
    const button = make("button", { type: "button" }, "Undo");
    button.addEventListener("click", () => { clearTimeout(gone); told.remove(); undo(); });
    told.append(button);
  }
  document.body.append(told);
}
function sheet(title, ...inside) {
  const close = make("button", { type: "button", class: "quiet" }, "Close");
  const acts = inside.find((one) => one.className === "acts") || make("div", { class: "acts" });
  acts.append(close);
  const box = make("dialog", { class: "sheet", "aria-label": title }, make("h2", {}, title), ...inside, acts);
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
function showLink({ id, path }) {
  const url = new URL(path, location.href).href;
  const field = make("input", { id: "shared", readonly: "", "aria-label": "The link", value: url });
  const open = make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "Open it");
  const taken = make("button", { type: "button", class: "copy", "data-copy": url }, "Copy the link");
  const end = make("button", { type: "button" }, "End the link");
  const box = sheet("A read-only link", make("p", {}, "Anyone who can open this page can read the conversation there, until you end the link."), field, make("div", { class: "acts" }, taken, open, end));
  end.addEventListener("click", () => { tell("conversation-acted", { do: "unshare", id }); box.close(); });
}
function offerExport({ act, id, forms, styles, styled, parts }) {
  const choose = (name, options) => {
    const list = make("select", { "aria-label": name });
    for (const [value, label] of Object.entries(options)) list.append(make("option", { value }, label));
    return list;
  };
  const form = choose("Form", forms), style = choose("Style of citing", styles), part = choose("Of what", parts);
  part.hidden = !part.options.length;
  const cites = () => { style.hidden = !style.options.length || !styled.includes(form.value); };
  const done = make("button", { type: "button", class: "main" }, "Save");
  form.addEventListener("change", cites);
  cites();
  const rows = [["What", part], ["Form", form], ["Style", style]].map(([name, list]) => make("label", {}, make("span", { "aria-hidden": "true" }, name), list));
  const box = sheet("Export", make("div", { class: "choices" }, ...rows), make("div", { class: "acts" }, done));
  done.addEventListener("click", () => {
    tell("conversation-acted", { do: act, id, format: form.value, style: style.hidden ? "" : style.value, part: part.value });
    box.close();
  });
}
// A file made by the server is saved from memory: it never lies on the server's disk.
function save({ name, type, content }) {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const link = make("a", { href: URL.createObjectURL(new Blob([bytes], { type: type + ";charset=utf-8" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
let restored = "";
const does = {
  address: ({ id, replace }) => goTo(id, replace),
  ticked: ({ ids }) => { clearTimeout(telling); telling = 0; ticked = new Set(ids); showTicks(); },
  taken: ({ ids }) => { takenBy = 0; if (!telling) { ticked = new Set(ids); showTicks(); } },
  save, offer: offerExport, shared: showLink,
  toast: ({ text }) => toast(text),
  deleted: ({ id, text }) => {
    const open = id === current;
    toast(text, () => { restored = open ? id : ""; tell("conversation-acted", { do: "restore", id }); });
    if (open) $("#new").click();
  },
  // What was open is opened again, unless another conversation has been opened or begun meanwhile.
  restored: ({ id }) => { if (id === restored && !current) tell("conversation-chosen", id); },
};
document.addEventListener("told", (event) => (event.detail?.messages || []).forEach((one) => does[one.do]?.(one)));
