
(() => {
  "use strict";
  const filter = document.getElementById("filter");
  const found = document.getElementById("found");
  const nothing = document.querySelector(".nothing");
  const entries = Array.from(document.querySelectorAll("[data-find]"), (element) => ({
    element, text: element.textContent.toLowerCase().replace(/\s+/g, " "),
  }));
  const parts = ["#limits", ".module", "#operations"].flatMap((s) => Array.from(document.querySelectorAll(s)));

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { element, text } of entries) {
      element.hidden = !words.every((word) => text.includes(word));
      if (!element.hidden) count++;
    }
    for (const part of parts) {
      part.hidden = words.length > 0 && !part.querySelector("[data-find]:not([hidden])");
    }
    document.getElementById("overview").classList.toggle("searching", words.length > 0);
    nothing.hidden = count > 0 || words.length === 0;
    found.textContent = words.length > 0 ? count + " found" : "";
  }

  // A link into the page shows its target, whatever was searched for.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden], .searching > :not(h1)")) {
      clear();
      target.scrollIntoView();
    }
  }

  function clear() {
    filter.value = "";
    apply();
  }

  document.querySelector(".search").hidden = false;
  filter.addEventListener("input", () => { apply(); window.scrollTo(0, 0); });
  nothing.querySelector("button").addEventListener("click", () => { clear(); filter.focus(); });
  window.addEventListener("hashchange", reveal);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement !== filter) {
      event.preventDefault();
      filter.focus();
      filter.select();
    } else if (event.key === "Escape" && document.activeElement === filter) {
      clear();
    }
  });
  if (filter.value) apply(); // the browser kept it over a reload

  const contents = document.querySelector(".contents details");
  const narrow = window.matchMedia("(max-width: 64rem)");
  const fold = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  contents.addEventListener("click", (event) => {
    if (narrow.matches && event.target.closest("a")) contents.open = false;
  });

  // The entry of the contents that is being read is marked.
  const links = new Map(Array.from(contents.querySelectorAll("li a"), (a) => [a.hash.slice(1), a]));
  const seen = new Set();
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) seen.add(target.id); else seen.delete(target.id);
    }
    const current = Array.from(links.keys()).find((id) => seen.has(id));
    for (const [id, a] of links) {
      if (id === current) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const id of links.keys()) watch.observe(document.getElementById(id));
})();
