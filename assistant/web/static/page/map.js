// The map: the paper nearest to the pointer, or in focus, is named; a click or Enter opens and selects it; a line drawn
// around points selects them all. "+", "−", the wheel with Ctrl and two fingers zoom; the wheel, or a finger, moves what is
// zoomed.
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
