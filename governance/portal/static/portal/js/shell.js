/* Keys, theme, copying, times in the reader's zone, toasts, jump list, and what htmx reports. */
"use strict";

(() => {
  const YEAR = 60 * 60 * 24 * 365;
  const root = document.documentElement;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  /* Theme: light, dark or the system's. The cookie lets the server write it into the page. */
  function nextTheme() {
    const order = ["auto", "light", "dark"];
    const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    root.dataset.theme = next;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `assay-theme=${next}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    say({ auto: "Colours follow your system.", light: "Light.", dark: "Dark." }[next], "info", true);
    document.dispatchEvent(new CustomEvent("assay:theme"));
  }

  /* Toasts */
  function symbol(name) {
    const sprite = document.querySelector(".a-icon use").getAttribute("href").split("#")[0];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "a-icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
    return svg;
  }

  function say(text, tone = "info", brief = false) {
    const box = document.getElementById("messages");
    if (!box) return;
    const toast = document.createElement("div");
    toast.className = "a-toast";
    toast.dataset.tone = tone;
    if (tone === "fail") toast.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "a-iconbtn";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Dismiss");
    close.append(symbol("close"));
    toast.append(symbol({ fail: "ban", pass: "check", warn: "alert" }[tone] || "info"), line, close);
    if (brief) box.querySelectorAll("[data-brief]").forEach((old) => old.remove());
    box.append(toast);
    if (brief) {
      toast.dataset.brief = "";
      setTimeout(() => toast.remove(), 4000);
    }
  }

  /* Times: the server wrote UTC; here it becomes the reader's own zone, UTC stays in the title. */
  const day = { day: "numeric", month: "short", year: "numeric" };
  const clock = new Intl.DateTimeFormat("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
  const date = new Intl.DateTimeFormat("en-GB", day);

  function localTimes(part) {
    part.querySelectorAll("time[data-when]:not([data-local])").forEach((time) => {
      const moment = new Date(time.dateTime);
      time.dataset.local = "";
      if (Number.isNaN(moment.valueOf())) return;
      if (time.dataset.when === "date") time.textContent = date.format(moment);
      if (time.dataset.when === "datetime") time.textContent = clock.format(moment);
      if (time.dataset.when === "relative") time.title = `${clock.format(moment)}\n${time.title}`;
    });
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      say("The browser did not allow copying. Select the text and copy it by hand.", "warn");
      return;
    }
    button.dataset.done = "";
    say("Copied.", "pass", true);
    setTimeout(() => delete button.dataset.done, 1500);
  }

  /* Jump list: the pages of the side list and whatever else on the page is marked data-jump. */
  const jump = document.getElementById("jump");

  function jumpTargets() {
    const seen = new Set();
    return [...document.querySelectorAll("a[data-jump]")]
      .filter((link) => !seen.has(link.href) && seen.add(link.href))
      .map((link) => ({
        href: link.href,
        icon: link.querySelector("use")?.getAttribute("href").split("#")[1] || "arrow-right",
        label: (link.querySelector("span") || link).textContent.trim(),
      }));
  }

  function fillJump(needle) {
    const list = jump.querySelector("[role=listbox]");
    const words = needle.toLowerCase().split(/\s+/).filter(Boolean);
    const found = jumpTargets().filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
    list.replaceChildren(...found.map(({ href, icon, label }, place) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.id = `jump-${place}`;
      item.dataset.href = href;
      item.append(symbol(icon), label);
      return item;
    }));
    jump.querySelector(".a-jump-none").hidden = found.length > 0;
    choose(0);
  }

  function choose(place) {
    const items = [...jump.querySelectorAll("[role=option]")];
    const field = jump.querySelector("input");
    field.removeAttribute("aria-activedescendant");
    items.forEach((item, index) => {
      const chosen = index === (place + items.length) % items.length;
      item.setAttribute("aria-selected", String(chosen));
      if (chosen) {
        field.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    });
  }

  function openJump() {
    if (!jump || jump.open) return;
    jump.querySelector("input").value = "";
    fillJump("");
    jump.showModal();
  }

  function jumpKey(event) {
    const items = [...jump.querySelectorAll("[role=option]")];
    const place = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(place + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const search = document.querySelector("[data-search]");
      if (items[place]) location.assign(items[place].dataset.href);
      else if (search) {
        search.value = event.target.value;
        search.form.requestSubmit();
      }
    }
  }

  if (jump) {
    jump.querySelector("input").addEventListener("input", (event) => fillJump(event.target.value));
    jump.addEventListener("keydown", jumpKey);
    jump.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) location.assign(item.dataset.href);
      else if (event.target === jump) jump.close();
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) copy(button);
    else if ("dismiss" in button.dataset) button.closest(".a-toast").remove();
    else if ("themeNext" in button.dataset) nextTheme();
    else if ("openJump" in button.dataset) openJump();
    else if ("closeDetails" in button.dataset) {
      const details = button.closest("details");
      details.open = false;
      details.querySelector("summary").focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openJump();
    } else if (event.key === "/" && !event.metaKey && !event.ctrlKey && !event.altKey && !typing(event.target)) {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* What goes wrong on the way. A part that the server addressed to the toasts goes there. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (answer.getResponseHeader("HX-Retarget") === "#messages") {
      event.detail.swapOverride = "beforeend";
      return;
    }
    if (answer.status < 400 || answer.status === 422) return;
    event.detail.shouldSwap = false;
    say(`That did not work (${answer.status}). What is on this page is as it was. Try again, or reload the page.`, "fail");
  });
  document.addEventListener("htmx:sendError", () => {
    say("The server cannot be reached. Nothing was sent; what you typed is still here.", "fail");
  });
  document.addEventListener("htmx:load", (event) => localTimes(event.detail.elt));

  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  document.querySelectorAll("[data-jump-key]").forEach((hint) => { hint.textContent = mac ? "⌘K" : "Ctrl K"; });
  localTimes(document);
  document.querySelector("[data-focus]")?.focus();
  window.assay = Object.freeze({ say });
})();
