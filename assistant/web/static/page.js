// The page's own behaviour: what Gradio's components do not do. Runs once, when the page has loaded.
// Answers, sources and the map come and go, so every listener is one for all of them, at the document.
() => {
  const $ = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  // Tells the server, through the event of one of Gradio's HTML components, what the reader picked.
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  function bringUp(element, box, share, behavior) {
    if (box && box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "visible") {
      const offset = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTo({ top: box.scrollTop + offset - box.clientHeight * share, behavior });
    } else {
      element.scrollIntoView({ block: "center", behavior });
    }
  }
  const smooth = () => (calm() ? "auto" : "smooth");
  const unmark = (name) => all("." + name).forEach((one) => one.classList.remove(name));

  // 1. From a citation to the words it rests on: "#source-3:120-188" is a stretch of source 3. Opens what is folded.
  function showSource(chip, focus) {
    const [card, stretch] = chip.getAttribute("href").slice(1).split(":");
    showTab("Sources");
    requestAnimationFrame(() => {
      const source = document.getElementById(card);
      if (!source) return;
      for (let up = source.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
      ["chosen", "meant", "walked"].forEach(unmark);
      chip.classList.add("walked");
      source.classList.add("chosen");
      const words = stretch ? [...source.querySelectorAll(`mark.q${CSS.escape(stretch)}`)] : [];
      words.forEach((one) => one.classList.add("meant"));
      bringUp(words[0] || source.querySelector("mark") || source, $("#sources"), 0.35, smooth());
      if (focus) source.focus({ preventScroll: true });
    });
  }

  function showTab(name) {
    const tab = all('#beside [role="tab"]').find((one) => one.textContent.trim() === name);
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  }

  // 2. From quoted words to every sentence that cites them.
  function showCiting(back) {
    unmark("citing");
    const chips = all("#chat a.cite").filter((one) => one.getAttribute("href") === "#" + back.dataset.quote);
    chips.forEach((one) => (one.closest(".claim") || one.closest("li, td, p") || one).classList.add("citing"));
    const first = chips[0];
    if (!first) return;
    bringUp(first, first.closest(".panel-wrap, .bubble-wrap"), 0.3, smooth());
    first.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    if (link.matches("#chat a.cite")) showSource(link, true);
    else if (link.matches("#sources a.back")) showCiting(link);
    else if (link.getAttribute("href").startsWith("#check-")) {
      tell("sentence-picked", link.getAttribute("href").slice("#check-".length));
      setTimeout(() => $("#check")?.scrollIntoView({ block: "nearest", behavior: smooth() }), 300);
    } else return;
    event.preventDefault();
  });

  // 3. Copying a reference.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: the browser forbids it";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  });

  // 4. "Ask only about these": ticks in the sources and points on the map are one choice.
  let ticked = new Set();
  let telling = 0;
  function tick(ids, chosen) {
    ids.forEach((id) => (chosen ? ticked.add(id) : ticked.delete(id)));
    showTicks();
    // Once for what is ticked in quick succession: of events on their way, the one that is told last would not count.
    clearTimeout(telling);
    telling = setTimeout(() => tell("papers-ticked", [...ticked]), 120);
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
  // What is ticked here counts: an answer under way is shown with what was ticked when it was asked for.
  document.addEventListener("ticks-cleared", () => { clearTimeout(telling); ticked = new Set(); showTicks(); });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#sources input.only")) tick([event.target.value], event.target.checked);
  });

  // 5. The map: a click or Enter on a point ticks its paper, a line drawn around points ticks them all.
  let line = null;
  const toMap = (svg, event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  document.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest("#map svg");
    if (!svg || event.button !== 0 || event.target.closest(".paper")) return;
    const path = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    path.setAttribute("class", "lasso");
    svg.append(path);
    line = { svg, path, points: [toMap(svg, event)] };
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (!line) return;
    line.points.push(toMap(line.svg, event));
    line.path.setAttribute("points", line.points.map((one) => `${one.x},${one.y}`).join(" "));
  });
  document.addEventListener("pointerup", () => {
    if (!line) return;
    const { svg, path, points } = line;
    line = null;
    const probe = svg.createSVGPoint();
    const inside = [...svg.querySelectorAll(".paper")].filter((point) => {
      [probe.x, probe.y] = [point.cx.baseVal.value, point.cy.baseVal.value];
      return path.isPointInFill(probe);
    });
    path.remove();
    if (points.length > 3 && inside.length) tick(inside.map((point) => point.dataset.paper), true);
  });
  // A finger that scrolls the page draws no line.
  document.addEventListener("pointercancel", () => { line?.path.remove(); line = null; });
  document.addEventListener("click", (event) => {
    const point = event.target.closest("#map .paper");
    if (point) tick([point.dataset.paper], !ticked.has(point.dataset.paper));
  });
  // The map comes once for each state of the corpus; what an answer lights on it comes beside it, after each answer.
  function lightMap() {
    const svg = $("#map svg.atlas"), lights = $("#lights svg");
    if (!svg || !lights || (svg.lights === lights.outerHTML)) return;
    svg.lights = lights.outerHTML;
    const lit = new Set(JSON.parse(lights.dataset.papers));
    const points = [...svg.querySelectorAll(".paper")], overlay = svg.querySelector(".overlay");
    overlay.innerHTML = lights.innerHTML;
    const first = points.filter((point) => lit.has(point.dataset.paper));
    const reached = new Set(first.length ? first : points.slice(0, 1));
    points.forEach((point) => {
      point.classList.toggle("lit", lit.has(point.dataset.paper));
      point.setAttribute("tabindex", reached.has(point) ? "0" : "-1");
    });
    first.forEach((point) => overlay.before(point)); // above the others
  }
  // One point at a time takes part in the tab order; arrows go to the nearest one that way.
  function walkMap(point, key) {
    const [x, y] = [point.cx.baseVal.value, point.cy.baseVal.value];
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    let best = null;
    for (const other of point.closest("svg").querySelectorAll(".paper")) {
      const [vx, vy] = [other.cx.baseVal.value - x, other.cy.baseVal.value - y];
      const ahead = vx * dx + vy * dy, aside = Math.abs(vx * dy - vy * dx);
      if (other !== point && ahead > 0 && (!best || ahead + 2 * aside < best.far)) best = { other, far: ahead + 2 * aside };
    }
    if (!best) return;
    point.setAttribute("tabindex", "-1");
    best.other.setAttribute("tabindex", "0");
    best.other.focus();
  }

  // 6. Keys: "/" to the question, left and right walk the citations, Esc stops the answer.
  const typing = (element) => element.matches('input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="tab"], [role="listbox"] *');
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const point = event.target.closest?.("#map .paper");
    if (point && event.key.startsWith("Arrow")) {
      walkMap(point, event.key);
      event.preventDefault();
    } else if (point && (event.key === "Enter" || event.key === " ")) {
      tick([point.dataset.paper], !ticked.has(point.dataset.paper));
      event.preventDefault();
    } else if (event.key === "Escape") {
      all("#question button").find((one) => one.textContent.trim() === "Stop")?.click();
    } else if (typing(event.target)) {
      return;
    } else if (event.key === "/") {
      $("#question textarea")?.focus();
      event.preventDefault();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const chips = all("#chat a.cite");
      const now = chips.findIndex((one) => one === document.activeElement || one.classList.contains("walked"));
      const step = event.key === "ArrowRight" ? 1 : -1;
      const chip = chips[now < 0 ? (step > 0 ? 0 : chips.length - 1) : now + step];
      if (!chip) return;
      chip.focus({ preventScroll: true });
      bringUp(chip, chip.closest(".panel-wrap, .bubble-wrap"), 0.3, "auto");
      showSource(chip, false);
      event.preventDefault();
    }
  });

  // 7. A file made by the server is saved from memory: it never lies on the server's disk.
  document.addEventListener("save-file", (event) => {
    const { name, type, text } = event.detail || {};
    if (!name) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

  // 8. A new question comes to the top of the conversation, and then nothing moves while its answer is written.
  //    (Gradio's autoscroll follows the end of the text and takes the reading place away.)
  //    It is held there until the reader touches anything, since there may be too little text below it at first.
  let asked = 0;
  let held = null;
  for (const touch of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    document.addEventListener(touch, () => { held = null; }, { passive: true, capture: true });
  }
  new MutationObserver(() => {
    const rows = all("#chat .user-row");
    if (rows.length > asked) {
      held = rows[rows.length - 1];
      if ($("#sources")) $("#sources").scrollTop = 0;
    }
    asked = rows.length;
    lightMap();
    if (unlike()) showTicks();
    const box = held && held.closest(".panel-wrap, .bubble-wrap");
    if (box) requestAnimationFrame(() => held && bringUp(held, box, 0.01, "auto"));
    nameNew();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });

  // 9. What Gradio leaves unnamed, or names wrongly, for screen readers; and the menu, open where there is room for it.
  function nameNew() {
    // Buttons are no items of a list.
    all('#chat .examples[role="list"]').forEach((one) => { one.setAttribute("role", "group"); one.setAttribute("aria-label", "Examples"); });
    // An answer is announced once it is whole, not with every piece that comes.
    const busy = all("#question button").some((one) => one.textContent.trim() === "Stop");
    $('#chat [role="log"]')?.setAttribute("aria-busy", busy);
  }
  nameNew();
  // Gradio's <main> holds the menu and the sources too; the conversation alone is the main part.
  $("main.contain")?.setAttribute("role", "none");
  $("#head")?.setAttribute("role", "banner");
  $("#main")?.setAttribute("role", "main");
  $("#main")?.setAttribute("aria-label", "Conversation");
  $("#beside")?.setAttribute("role", "complementary");
  $("#beside")?.setAttribute("aria-label", "Sources, map, years and venues");
  const side = $("#side");
  side?.setAttribute("role", "navigation");
  side?.setAttribute("aria-label", "Menu");
  const toggle = side?.querySelector(".toggle-button");
  toggle?.setAttribute("aria-label", "Menu: conversations, corpus, model");
  if (window.innerWidth >= 1300) toggle?.click();
}
