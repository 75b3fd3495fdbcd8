// A new question comes to the top of the conversation, and then nothing moves while its answer is written: below it
// there is always room enough.
let asked = 0;
function makeRoom() {
  const thread = $("#thread"), rows = all("#chat .user-row"), last = rows[rows.length - 1];
  if (!thread) return;
  const ends = $("#followups")?.getBoundingClientRect().bottom ?? 0;
  const filled = last ? ends - last.getBoundingClientRect().top : 0;
  const spare = last ? Math.max(24, thread.clientHeight - filled) : 24;
  if (Math.abs(spare - (thread.spare || 0)) > 1) thread.style.setProperty("--spare", `${thread.spare = Math.round(spare)}px`);
  if (rows.length > asked && last) {
    // Gradio may bring back what was sent when the page has just been loaded.
    if (sent.text && $("#question textarea")?.value === sent.text) write("");
    sent.text = "";
    bringUp(last, thread, 0, "auto");
    if (rows.length === 1) thread.scrollTo({ top: 0 });
    $("#tab-sources")?.scrollTo({ top: 0 });
    showTab("Sources");
  }
  if (!rows.length && asked) thread.scrollTo({ top: 0 });
  asked = rows.length;
}
// What is being typed outlives a reload, as the one that comes when a server that was away is back.
let draft = sessionStorage.getItem("draft " + location.search);
addEventListener("pagehide", () => sessionStorage.setItem("draft " + location.search, $("#question textarea")?.value || ""));
function keepDraft() {
  const box = $("#question textarea");
  if (draft && box && !box.value) write(draft, box);
  if (box) draft = "";
}
let frame = 0, timer = 0;
function settle() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = timer = 0;
  keepDraft();
  lightMap();
  showOpened();
  drawBars();
  if (unlike()) showTicks();
  keepRenaming();
  nameNew();
  makeRoom();
}
// With the next frame; a page behind another gets none, and one on a busy machine few.
function settleSoon() {
  if (timer) return;
  frame = requestAnimationFrame(settle);
  timer = setTimeout(settle, 500);
}
new MutationObserver(settleSoon).observe(document.body, { childList: true, subtree: true, characterData: true });
addEventListener("resize", () => makeRoom());
// A panel is as high as the window has room for above the composer, which grows with the tray.
const composer = $("#composer");
new ResizeObserver(() => composer.style.setProperty("--tall", `${composer.offsetHeight}px`)).observe(composer);
