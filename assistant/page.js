// Citation chips: one listener for all of them, since answers come and go.
// A click opens the chip's source card in the panel, scrolls to its first quoted words and marks the card.
() => {
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
    (card.querySelector("mark") || card).scrollIntoView({ block: "center", behavior: "smooth" });
    card.focus({ preventScroll: true });
  });
}
