// The page's own behaviour: two things that Gradio's components do not do. Runs once, when the page has loaded.
() => {
  // 1. Citation chips. One listener for all of them, since answers come and go. A click opens the chip's card in the
  //    source panel, brings the first quoted words into view and marks the card. The panel scrolls, not the page,
  //    unless (on a phone) the panel is as long as its content.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("a.cite");
    if (!chip) return;
    event.preventDefault();
    const card = document.getElementById(chip.getAttribute("href").slice(1));
    if (!card) return;
    for (let up = card.parentElement; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") up.open = true;
    }
    document.querySelectorAll("article.source.chosen").forEach((old) => old.classList.remove("chosen"));
    card.classList.add("chosen");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    bringUp(card.querySelector("mark") || card, document.getElementById("sources"), 0.35, calm ? "auto" : "smooth");
    card.focus({ preventScroll: true });
  });

  function bringUp(element, box, share, behavior) {
    if (box && box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "visible") {
      const offset = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTo({ top: box.scrollTop + offset - box.clientHeight * share, behavior });
    } else {
      element.scrollIntoView({ block: "center", behavior });
    }
  }

  // 2. A new question comes to the top of the conversation, and then nothing moves while its answer is written.
  //    (Gradio's autoscroll follows the end of the text and takes the reading place away.)
  //    It is held there until the reader touches anything, since there may be too little text below it at first.
  let asked = 0;
  let held = null;
  for (const touch of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    document.addEventListener(touch, () => { held = null; }, { passive: true, capture: true });
  }
  new MutationObserver(() => {
    const rows = document.querySelectorAll("#chat .user-row");
    if (rows.length > asked) {
      held = rows[rows.length - 1];
      document.getElementById("sources").scrollTop = 0;
    }
    asked = rows.length;
    const box = held && held.closest(".panel-wrap, .bubble-wrap");
    if (box) requestAnimationFrame(() => held && bringUp(held, box, 0.01, "auto"));
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}
