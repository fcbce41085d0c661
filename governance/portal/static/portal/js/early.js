/* Runs before the first paint: what needs scripts may show itself. The theme came with the page. */
document.documentElement.classList.add("js");
