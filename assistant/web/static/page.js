// The page's own behaviour: what Gradio's components do not do. Runs once, when the page has loaded.
// Answers, sources, rows and the map come and go, so every listener is one for all of them, at the document.
() => {
  const $ = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const make = (tag, attributes = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const smooth = () => (calm() ? "auto" : "smooth");
  const phone = () => window.matchMedia("(max-width: 799px)").matches;
  const overlaid = () => window.matchMedia("(max-width: 1150px)").matches;
  const unmark = (name) => all("." + name).forEach((one) => one.classList.remove(name));
  // Tells the server, through the event of one of Gradio's HTML components, what the reader picked.
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  function bringUp(element, box, share, behavior) {
    const offset = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTo({ top: box.scrollTop + offset - box.clientHeight * share, behavior });
  }

  // 1. Columns that are shown and hidden: history at the left, sources at the right (a sheet on a phone).
  //    What lies over the conversation is a step that "back" takes back.
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

  // 2. Chips in the composer open small panels, one at a time.
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

  // 3. Questions that are offered, and the table's tools.
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

  // 4. From a citation to the words it rests on: "#source-3:120-188" is a stretch of source 3. Opens what is folded.
  function findSource(chip) {
    const [card, stretch] = chip.getAttribute("href").slice(1).split(":");
    return { source: document.getElementById(card), stretch };
  }
  function showSource(chip, focus) {
    setPane("beside", true);
    showTab("Sources");
    requestAnimationFrame(() => {
      const { source, stretch } = findSource(chip);
      if (!source) return;
      for (let up = source.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
      ["chosen", "meant", "walked"].forEach(unmark);
      chip.classList.add("walked");
      source.classList.add("chosen");
      const words = stretch ? [...source.querySelectorAll(`mark.q${CSS.escape(stretch)}`)] : [];
      words.forEach((one) => one.classList.add("meant"));
      bringUp(words[0] || source.querySelector("mark") || source, $("#tab-sources"), 0.35, smooth());
      if (focus) source.focus({ preventScroll: true });
    });
  }
  function showTab(name) {
    const tab = all('#beside [role="tab"]').find((one) => one.textContent.trim() === name);
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  }
  // From quoted words to every sentence that cites them.
  function showCiting(back) {
    unmark("citing");
    unmark("walked");
    const chips = all("#chat a.cite").filter((one) => one.getAttribute("href") === "#" + back.dataset.quote);
    chips.forEach((one) => (one.closest(".claim") || one.closest("li, td, p") || one).classList.add("citing"));
    if (!chips[0]) return;
    if (phone()) setPane("beside", false);
    bringUp(chips[0], $("#thread"), 0.3, smooth());
    chips[0].focus({ preventScroll: true });
  }
  function pickSentence(where) {
    setPane("beside", true);
    tell("sentence-picked", where);
    setTimeout(() => $("#check")?.scrollIntoView({ block: "nearest", behavior: smooth() }), 300);
  }
  // "3:year:2023" are the papers of 2023 among those that the third answer counts.
  function pickBar(bar) {
    const [turn, by, group] = bar.split(":");
    tell("papers-ticked", { turn: Number(turn), by, group: decodeURIComponent(group) });
  }
  // The numbers in the table of a count are drawn as bars, the longest for the greatest.
  function drawBars() {
    for (const table of new Set(all("#chat a.bar:not([style])").map((one) => one.closest("table")))) {
      const bars = [...table.querySelectorAll("a.bar")], most = Math.max(...bars.map((one) => Number(one.textContent)));
      bars.forEach((one) => one.style.setProperty("--share", Number(one.textContent) / most));
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const href = link.getAttribute("href");
    if (link.matches("#chat a.cite")) { hidePeek(); showSource(link, true); }
    else if (link.matches("#sources a.back")) showCiting(link);
    else if (link.matches("#chat a.tool") && href.startsWith("#ask:")) ask(decodeURIComponent(href.slice(5)));
    else if (link.matches("#chat a.tool")) begin(decodeURIComponent(href.slice(7)));
    else if (link.matches("#chat a.bar")) pickBar(href.slice(9));
    else if (href.startsWith("#check-")) pickSentence(href.slice(7));
    else return;
    event.preventDefault();
  });
  // A click on a card opens it, another one folds it.
  document.addEventListener("click", (event) => {
    const card = event.target.closest("#sources article.source");
    const other = event.target.closest("a, button:not(.open), label, input");
    if (!card || other || (String(getSelection()) && !event.target.closest(".open"))) return;
    const chosen = card.classList.contains("chosen");
    ["chosen", "meant", "walked"].forEach(unmark);
    card.classList.toggle("chosen", !chosen);
  });
  // A complaint is about the citation that led here, else about the first one of this source.
  document.addEventListener("click", (event) => {
    const card = event.target.closest("#sources button.report")?.closest("article");
    if (!card) return;
    const chips = all("#chat a.cite").filter((one) => findSource(one).source === card);
    const chip = chips.find((one) => one.classList.contains("walked")) || chips[0];
    if (chip) pickSentence(chip.id);
  });
  document.addEventListener("click", (event) => {
    const unfold = event.target.closest("#sources button.unfold");
    if (!unfold) return;
    const whole = unfold.closest("article").classList.toggle("whole");
    unfold.setAttribute("aria-expanded", whole);
    unfold.textContent = whole ? "Fold" : "Whole abstract";
  });

  // 5. A card at the citation under the pointer or the focus: title, year, the quoted words with their neighbours, the check.
  let peeking = null, waiting = 0;
  const VERDICTS = { quoted: "❝ quoted word for word", supported: "✓ supported by these words", partly: "◐ supported only in part", not: "✕ not supported" };
  function hidePeek() {
    clearTimeout(waiting);
    $("#peek")?.remove();
    if (peeking) peeking.removeAttribute("aria-describedby");
    peeking = null;
  }
  function showPeek(chip) {
    const { source, stretch } = findSource(chip);
    if (!source || peeking === chip) return;
    hidePeek();
    chip.removeAttribute("title");
    const card = make("div", { id: "peek", role: "tooltip" });
    card.append(make("strong", {}, source.querySelector("h3").textContent.trim()));
    card.append(make("p", { class: "facts" }, ...source.querySelector(".facts").cloneNode(true).childNodes));
    const abstract = [...source.querySelector(".abstract").childNodes].filter((one) => !one.matches?.("a.back, .gap"));
    const words = stretch ? abstract.filter((one) => one.matches?.(`mark.q${CSS.escape(stretch)}`)) : [];
    if (words.length) {
      const first = abstract.indexOf(words[0]), last = abstract.indexOf(words[words.length - 1]);
      const before = abstract.slice(0, first).map((one) => one.textContent).join("");
      const after = abstract.slice(last + 1).map((one) => one.textContent).join("");
      const mark = make("mark", {}, words.map((one) => one.textContent).join(""));
      card.append(make("p", {}, before.slice(-160).replace(before.length > 160 ? /^\S*\s/ : /^$/, "… "), mark, after.slice(0, 160).replace(/([.!?])\s.*$/s, "$1 …")));
    }
    const claim = chip.closest(".claim");
    const kind = claim && Object.keys(VERDICTS).find((name) => claim.classList.contains(name));
    if (kind) card.append(make("p", { class: "verdict" + (kind === "partly" || kind === "not" ? " doubtful" : "") }, VERDICTS[kind]));
    document.body.append(card);
    const at = chip.getBoundingClientRect(), size = card.getBoundingClientRect();
    const below = at.bottom + 6 + size.height < innerHeight;
    card.style.top = `${below ? at.bottom + 6 : Math.max(6, at.top - size.height - 6)}px`;
    card.style.left = `${Math.max(6, Math.min(at.left - 20, innerWidth - size.width - 6))}px`;
    chip.setAttribute("aria-describedby", "peek");
    peeking = chip;
  }
  function peekSoon(event) {
    const chip = event.target.closest?.("#chat a.cite");
    clearTimeout(waiting);
    if (chip) waiting = setTimeout(() => showPeek(chip), event.type === "focusin" ? 0 : 150);
    else if (peeking) waiting = setTimeout(hidePeek, 250);
  }
  document.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") peekSoon(event); });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.(":focus-visible") || !event.target.matches?.("#chat a.cite")) peekSoon(event);
  });
  document.addEventListener("scroll", () => peeking && hidePeek(), { capture: true, passive: true });

  // 6. Copying a reference.
  async function copy(text, button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      if ($("#busy")) $("#busy").textContent = "Copied";
    } catch {
      button.textContent = "Not copied: the browser forbids it";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button.dataset.copy, button);
  });

  // 7. The selection: ticks in the sources and points on the map are one choice, shown in the tray.
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

  // 8. The map: the paper nearest to the pointer, or in focus, is named; a click or Enter opens and selects it; a line drawn
  //    around points selects them all. "+", "−", the wheel with Ctrl and two fingers zoom; the wheel, or a finger, moves what is
  //    zoomed.
  const NEAR = 14, ASTRAY = 60, DENSE = 250; // pixels; of so many points a name may cover one
  const fingers = new Map(); // on the map: each one's last event
  let line = null, drawn = false;
  const toMap = (svg, event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const viewOf = (svg) => svg.getAttribute("viewBox").split(" ").map(Number);
  const wholeOf = (svg) => (svg.whole ||= viewOf(svg));
  const dotsOf = (svg) => (svg.dots ||= [...svg.querySelectorAll(".paper")].map((point) => ({
    point, x: point.cx.baseVal.value, y: point.cy.baseVal.value, topic: Number(/topic-(\d+)/.exec(point.getAttribute("class"))[1]),
  })));
  function nearest(svg, event) {
    const at = toMap(svg, event);
    let best = null, least = (NEAR / svg.getScreenCTM().a) ** 2;
    for (const dot of dotsOf(svg)) {
      const far = (dot.x - at.x) ** 2 + (dot.y - at.y) ** 2;
      if (far < least) [best, least] = [dot.point, far];
    }
    return best;
  }
  function namePoint(point) {
    const told = $("#mapped");
    if (told && point) told.replaceChildren(make("strong", { class: point.matches(".retracted") ? "withdrawn" : "" }, point.getAttribute("aria-label")), " · ", point.querySelector("title").textContent.split(" · ").pop());
  }
  document.addEventListener("focusin", (event) => {
    const point = event.target.closest?.("#map .paper");
    if (point) { reveal(point); namePoint(point); }
  });
  function look(svg, left, top, width) {
    const [x, y, most, tall] = wholeOf(svg), wide = Math.min(most, Math.max(most / 12, width)), high = (wide / most) * tall;
    const put = (low, room, size, wanted) => Math.min(low + room - size, Math.max(low, wanted));
    svg.setAttribute("viewBox", [put(x, most, wide, left), put(y, tall, high, top), wide, high].map((one) => one.toFixed(2)).join(" "));
    svg.classList.toggle("zoomed", wide < most);
    labelMap(svg);
  }
  // What is at `spot` comes to where `to` is now.
  function zoom(svg, by, spot, to = spot) {
    const [x, y, wide] = viewOf(svg), width = Math.min(wholeOf(svg)[2], Math.max(wholeOf(svg)[2] / 12, wide * by));
    look(svg, spot.x - (width * (to.x - x)) / wide, spot.y - (width * (to.y - y)) / wide, width);
  }
  function zoomMiddle(svg, by) {
    const [x, y, wide, high] = viewOf(svg);
    zoom(svg, by, { x: x + wide / 2, y: y + high / 2 });
  }
  function reveal(point) {
    const svg = point.closest("svg"), [x, y, wide, high] = viewOf(svg), [px, py] = [point.cx.baseVal.value, point.cy.baseVal.value];
    if (px < x || px > x + wide || py < y || py > y + high) look(svg, px - wide / 2, py - high / 2, wide);
  }
  // Texts have one size on the screen. A number stands beside its ring, a name near those of its papers that are in view, where
  // they cover neither a point nor each other; what finds no such place is left out until there is room.
  function labelMap(svg) {
    const matrix = svg.getScreenCTM(), scale = matrix?.a, [x, y, wide, high] = viewOf(svg), [, , most] = wholeOf(svg);
    if (!svg.clientWidth || !scale) return;
    const [width, height] = [wide * scale, high * scale], growth = Math.sqrt(wide / most);
    svg.style.setProperty("--px", 1 / scale);
    svg.style.setProperty("--dot", growth);
    const seen = dotsOf(svg).map((dot) => ({ ...dot, x: (dot.x - x) * scale, y: (dot.y - y) * scale }))
      .filter((dot) => dot.x > -9 && dot.y > -9 && dot.x < width + 9 && dot.y < height + 9);
    // How many points lie above and left of each corner of a grid: of any box they are then counted at once.
    const CELL = 2, columns = Math.ceil(width / CELL) + 12, rows = Math.ceil(height / CELL) + 12, sums = new Uint32Array(columns * rows);
    const cell = (at, most) => Math.min(most - 1, Math.max(0, Math.floor(at / CELL) + 6));
    seen.forEach((dot) => { sums[cell(dot.y, rows) * columns + cell(dot.x, columns)] += 1; });
    for (let n = 0; n < sums.length; n++) sums[n] += (n % columns ? sums[n - 1] : 0) + (n >= columns ? sums[n - columns] : 0) - (n % columns && n >= columns ? sums[n - columns - 1] : 0);
    const radius = 4 * growth * scale + 1, sum = (row, column) => (row < 0 || column < 0 ? 0 : sums[row * columns + column]);
    const covered = (box, more = radius) => {
      const [left, right] = [cell(box.x - box.wide - more, columns) - 1, cell(box.x + box.wide + more, columns)];
      const [top, bottom] = [cell(box.y - box.high - more, rows) - 1, cell(box.y + box.high + more, rows)];
      return sum(bottom, right) - sum(top, right) - sum(bottom, left) + sum(top, left);
    };
    const taken = [], meets = (one) => taken.some((other) => other !== one.own && Math.abs(one.x - other.x) < one.wide + other.wide && Math.abs(one.y - other.y) < one.high + other.high);
    const fits = (box) => box.x >= box.wide && box.y >= box.high && box.x <= width - box.wide && box.y <= height - box.high && !meets(box);
    const canvas = (svg.canvas ||= new OffscreenCanvas(1, 1).getContext("2d"));
    canvas.font = `700 12px ${getComputedStyle(document.body).fontFamily}`;
    const put = (text, box) => {
      text.style.display = box ? "" : "none";
      if (!box) return;
      taken.push(box);
      text.replaceChildren(...box.lines.map((words, n) => {
        const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
        span.textContent = words;
        span.setAttribute("x", (x + box.x / scale).toFixed(2));
        span.setAttribute("y", (y + (box.y - box.high + 14 * n + 11.5) / scale).toFixed(2));
        return span;
      }));
    };
    // In lines of about so many letters, with the halves of their box.
    const laidOut = (text, letters) => {
      const lines = [];
      text.words ??= text.textContent;
      for (const word of text.words.split(" ")) {
        const last = lines[lines.length - 1];
        if (last && `${last} ${word}`.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(word);
      }
      return { lines, wide: Math.max(...lines.map((one) => canvas.measureText(one).width)) / 2 + 2, high: lines.length * 7 + 1 };
    };
    const rings = [...svg.querySelectorAll(".ring")].map((one) => {
      const size = 10.5 * growth * scale;
      return { x: (one.cx.baseVal.value - x) * scale, y: (one.cy.baseVal.value - y) * scale, wide: size, high: size };
    });
    taken.push(...rings);
    svg.querySelectorAll("text.number").forEach((text, n) => {
      const own = rings[n], size = laidOut(text, 9), found = [];
      if (own.x > 0 && own.y > 0 && own.x < width && own.y < height) {
        for (let far = 1; far < 3 && !found.length; far += 0.25) for (let turn = 0; turn < 16 && !found.length; turn++) {
          const [across, down] = [Math.cos((turn * Math.PI) / 8), Math.sin((turn * Math.PI) / 8)];
          const box = { ...size, own, x: own.x + across * (own.wide + size.wide) * far, y: own.y + down * (own.high + size.high) * far };
          if (fits(box) && !covered(box)) found.push(box);
        }
      }
      put(text, found[0]);
    });
    const allowed = Math.floor(seen.length / DENSE);
    // Every free place of each name, the best first; the name with the fewest has the first choice.
    const placesOf = (text, n) => {
      const own = seen.filter((dot) => dot.topic === n && dot.x > 0 && dot.y > 0 && dot.x < width && dot.y < height), places = [];
      if (!own.length) return { text, places };
      const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
      const at = { x: middle(own.map((dot) => dot.x)), y: middle(own.map((dot) => dot.y)) };
      const forms = new Map([44, 22, 15, 9].map((letters) => laidOut(text, letters)).map((size) => [size.lines.length, size]));
      for (const size of forms.values()) for (let row = size.high; row <= height - size.high; row += 4) for (let column = size.wide; column <= width - size.wide; column += 4) {
        const box = { ...size, x: column, y: row };
        if (covered(box) > allowed || !fits(box)) continue;
        const near = Math.min(...own.map((dot) => Math.hypot(Math.max(0, Math.abs(dot.x - column) - size.wide), Math.max(0, Math.abs(dot.y - row) - size.high))));
        if (near < ASTRAY) places.push({ box, far: near + 0.25 * Math.hypot(column - at.x, row - at.y) });
      }
      return { text, places: places.sort((one, other) => one.far - other.far) };
    };
    [...svg.querySelectorAll("text.topic-name")].map(placesOf).sort((one, other) => one.places.length - other.places.length)
      .forEach(({ text, places }) => put(text, places.find(({ box }) => !meets(box))?.box));
  }
  document.addEventListener("wheel", (event) => {
    const svg = event.target.closest?.("#map svg.atlas");
    if (!svg) return;
    if (event.ctrlKey) zoom(svg, event.deltaY < 0 ? 0.8 : 1.25, toMap(svg, event));
    else {
      const before = svg.getAttribute("viewBox"), [x, y, wide] = viewOf(svg), scale = svg.getScreenCTM().a;
      look(svg, x + event.deltaX / scale, y + event.deltaY / scale, wide);
      if (svg.getAttribute("viewBox") === before) return; // at its edge the page scrolls
    }
    event.preventDefault();
  }, { passive: false });
  document.addEventListener("click", (event) => {
    const by = event.target.closest("[data-zoom]"), svg = $("#map svg.atlas");
    if (by && svg) zoomMiddle(svg, Number(by.dataset.zoom));
  });
  document.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest("#map svg");
    if (!fingers.size) drawn = false;
    if (!svg || event.button !== 0) return;
    if (event.pointerType === "touch") fingers.set(event.pointerId, event);
    if (fingers.size > 1) dropLine();
    else if (event.pointerType === "touch" && svg.matches(".zoomed")) return;
    else if (!event.target.closest(".paper")) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
      path.setAttribute("class", "lasso");
      svg.append(path);
      line = { svg, path, points: [toMap(svg, event)] };
      event.preventDefault();
    }
  });
  document.addEventListener("pointermove", (event) => {
    if (line) {
      line.points.push(toMap(line.svg, event));
      line.path.setAttribute("points", line.points.map((one) => `${one.x},${one.y}`).join(" "));
    } else if (fingers.has(event.pointerId)) followFingers(event);
    else {
      const svg = event.target.closest?.("#map svg.atlas"), point = svg && nearest(svg, event);
      if (svg) svg.style.cursor = point ? "pointer" : "crosshair";
      namePoint(point);
    }
  });
  document.addEventListener("pointerup", (event) => {
    fingers.delete(event.pointerId);
    if (!line) return;
    const { svg, path, points } = line;
    line = null;
    const probe = svg.createSVGPoint();
    const inside = dotsOf(svg).filter((dot) => {
      [probe.x, probe.y] = [dot.x, dot.y];
      return path.isPointInFill(probe);
    });
    path.remove();
    const scale = svg.getScreenCTM().a;
    drawn = points.some((one) => Math.hypot(one.x - points[0].x, one.y - points[0].y) * scale > NEAR);
    if (drawn && inside.length) tick(inside.map((dot) => dot.point.dataset.paper), true);
  });
  function dropLine() {
    line?.path.remove();
    line = null;
  }
  // A finger that scrolls the page draws no line.
  document.addEventListener("pointercancel", (event) => { fingers.delete(event.pointerId); dropLine(); });
  // Two fingers are the map's, not the browser's.
  ["touchstart", "touchmove"].forEach((kind) => document.addEventListener(kind, (event) => {
    if (fingers.size > 1) event.preventDefault();
  }, { passive: false }));
  // One finger moves the map, two stretch it: what is between them stays there.
  function followFingers(event) {
    const svg = $("#map svg.atlas"), before = spread(), last = fingers.get(event.pointerId);
    if (!svg || (!drawn && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR / 2)) return;
    drawn = true;
    fingers.set(event.pointerId, event);
    const after = spread();
    zoom(svg, before.far && after.far ? before.far / after.far : 1, toMap(svg, before), toMap(svg, after));
  }
  function spread() {
    const all = [...fingers.values()], [first, last] = [all[0], all[all.length - 1]];
    const far = Math.hypot(last.clientX - first.clientX, last.clientY - first.clientY);
    return { clientX: (first.clientX + last.clientX) / 2, clientY: (first.clientY + last.clientY) / 2, far };
  }
  document.addEventListener("click", (event) => {
    const svg = event.target.closest("#map svg.atlas");
    const point = svg && !drawn && (event.target.closest(".paper") || nearest(svg, event));
    if (point) choosePoint(point);
  });
  function choosePoint(point) {
    const id = point.dataset.paper;
    if (!ticked.has(id)) tell("paper-opened", id);
    tick([id], !ticked.has(id));
  }
  // The abstract of a point comes below the map: its first lines are brought into view.
  let opened = null;
  function showOpened() {
    const paper = $("#map-paper article"), tab = $("#tab-map");
    if (!paper || paper === opened) return;
    opened = paper;
    const box = paper.getBoundingClientRect();
    tab.scrollBy({ top: Math.max(0, box.top + Math.min(box.height, 160) - tab.getBoundingClientRect().bottom), behavior: smooth() });
  }
  const mapSize = new ResizeObserver((all) => all.forEach((one) => labelMap(one.target)));
  // The map comes once for each state of the corpus; what an answer lights on it comes beside it, after each answer.
  function lightMap() {
    const svg = $("#map svg.atlas"), lights = $("#lights svg");
    if (svg && !svg.whole) { wholeOf(svg); mapSize.observe(svg); }
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
    labelMap(svg);
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

  // 9. The history: a row has an address of its own; its menu does everything else.
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

  // 10. What the server tells: an address, a file, a link, what was deleted.
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

  // 11. Files dropped anywhere go into the corpus panel's box.
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

  // 12. Keys: "/" to the question, left and right walk the citations, Esc stops the answer or closes what is open, "?" tells them.
  const KEYS = { "/": "to the question", Enter: "ask; with Shift a new line", "← →": "walk the citations and their words", Esc: "close what is open, else stop the answer", "?": "this list" };
  function showKeys() {
    const list = make("dl");
    for (const [key, what] of Object.entries(KEYS)) list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, what));
    sheet("Keyboard", list, make("p", {}, "In a question: [3] is the source with that number; year>=2023, author:shan, venue:CVPR, tag:video, type:article, cited>=50, retracted:no keep to some papers, sort:cited orders them; “these” are the papers selected."));
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-help]")) showKeys(); });
  const busy = () => all("#question button").some((one) => one.textContent.trim() === "Stop");
  let sent = { text: "", at: 0 };
  const typing = (element) => element.matches('input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="tab"], [role="listbox"] *');
  function escape() {
    if (peeking) hidePeek();
    if ($("#rowmenu")) closeMenu(true);
    else if (openedPanel()) { const chip = $(`#chip-${openedPanel()}`); openPanel(""); chip?.focus(); }
    else if (phone() && shown("beside")) { setPane("beside", false); $("#chat a.cite.walked")?.focus({ preventScroll: true }); }
    else if (overlaid() && shown("side")) setPane("side", false);
    else if (busy()) all("#question button").find((one) => one.textContent.trim() === "Stop")?.click();
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
      $("#busy").textContent = "Still answering: wait, or press Esc to stop it.";
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

  // 13. A new question comes to the top of the conversation, and then nothing moves while its answer is written: below it
  //     there is always room enough.
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
  let pending = 0;
  function settle() {
    pending = 0;
    keepDraft();
    lightMap();
    showOpened();
    drawBars();
    if (unlike()) showTicks();
    keepRenaming();
    nameNew();
    makeRoom();
  }
  new MutationObserver(() => { pending ||= requestAnimationFrame(settle); }).observe(document.body, { childList: true, subtree: true, characterData: true });
  addEventListener("resize", () => makeRoom());
  // A panel is as high as the window has room for above the composer, which grows with the tray.
  const composer = $("#composer");
  new ResizeObserver(() => composer.style.setProperty("--tall", `${composer.offsetHeight}px`)).observe(composer);

  // 14. What Gradio leaves unnamed, or names wrongly, for screen readers.
  function nameNew() {
    // An answer is announced once it is whole, not with every piece that comes.
    $('#chat [role="log"]')?.setAttribute("aria-busy", busy());
    if (!busy() && $("#busy")?.textContent.startsWith("Still")) $("#busy").textContent = "";
    // The label repeats the whole message, its Markdown too.
    all('#chat [data-testid="bot"][aria-label], #chat [data-testid="user"][aria-label]').forEach((one) => one.removeAttribute("aria-label"));
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
}
