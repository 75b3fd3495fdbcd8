// Files dropped anywhere go into the corpus panel's box.
document.body.append(make("div", { id: "dropping", "aria-hidden": "true" }, "Drop papers here to add them"));
const dragsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
addEventListener("dragover", (event) => { if (dragsFiles(event)) { event.preventDefault(); document.body.classList.add("dropping"); } });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
// A corpus of its own is proposed for a file, unless one is named or in use already.
function proposeCorpus(files) {
  const field = $("#target :is(input, textarea)"), name = files?.[0]?.name.split(".")[0].toLowerCase().match(/[a-z0-9]+/g)?.join("-");
  if (name && field?.value === "mine" && $("#corpus input")?.value !== "mine") write(name.slice(0, 40), field);
}
document.addEventListener("change", (event) => { if (event.target.matches('#files input[type="file"]')) proposeCorpus(event.target.files); }, true);
addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  if (!dragsFiles(event)) return;
  if (event.target.closest("#files")) proposeCorpus(event.dataTransfer.files);
  const input = $('#files input[type="file"]');
  openPanel("corpus-part");
  if (!input || event.target.closest("#files")) return;
  event.preventDefault();
  event.stopPropagation();
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}, true);
