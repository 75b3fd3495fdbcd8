// The page's own behaviour: what Gradio's components do not do. Runs once, when the page has loaded. Answers, sources, rows
// and the map come and go, so every listener is one for all of them, at the document. Here: what every part uses.
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
