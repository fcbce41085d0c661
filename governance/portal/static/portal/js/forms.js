/* File drop with progress, drafts that survive a lost session, columns of choice, one send only. */
"use strict";

(() => {
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB"];
    let place = 0;
    while (bytes >= 1000 && place < units.length - 1) { bytes /= 1000; place += 1; }
    return `${bytes.toLocaleString("en-GB", { maximumFractionDigits: 1 })} ${units[place]}`;
  };

  /* File drop: the plain file field does the work; this shows name, size and how far it has come. */
  function showFile(drop) {
    const file = drop.querySelector("input[type=file]").files[0];
    const state = drop.querySelector("[data-drop-state]");
    state.hidden = !file;
    if (!file) return;
    drop.querySelector("[data-drop-name]").textContent = file.name;
    drop.querySelector("[data-drop-share]").textContent = size(file.size);
    drop.querySelector("progress").hidden = true;
    drop.querySelector("[data-drop-note]").textContent = "";
  }

  ["dragenter", "dragover", "dragleave", "drop"].forEach((kind) => {
    document.addEventListener(kind, (event) => {
      const drop = event.target instanceof Element && event.target.closest("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      if (kind === "dragover") drop.dataset.over = "";
      else if (kind !== "dragenter") delete drop.dataset.over;
      if (kind === "drop" && event.dataTransfer.files.length) {
        drop.querySelector("input[type=file]").files = event.dataTransfer.files;
        showFile(drop);
      }
    });
  });

  document.addEventListener("change", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop) showFile(drop);
  });

  function upload(form, drop, submitter) {
    const request = new XMLHttpRequest();
    const bar = drop.querySelector("progress");
    const share = drop.querySelector("[data-drop-share]");
    const note = drop.querySelector("[data-drop-note]");
    const total = drop.querySelector("input[type=file]").files[0].size;
    const started = performance.now();
    bar.hidden = false;
    bar.value = 0;
    note.textContent = "Sending…";
    request.open("POST", form.getAttribute("action") || location.href);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.addEventListener("progress", ({ loaded, total: all }) => {
      const seconds = (performance.now() - started) / 1000;
      const left = Math.ceil((seconds / loaded) * (all - loaded));
      bar.value = (100 * loaded) / all;
      share.textContent = `${size(Math.min(loaded, total))} of ${size(total)}`;
      note.textContent = loaded < all ? `About ${left} s left` : "Received. Checking the format and the digest…";
    });
    request.addEventListener("load", () => landed(form, request));
    ["error", "abort"].forEach((kind) => request.addEventListener(kind, () => {
      form.removeAttribute("data-sending");
      bar.hidden = true;
      note.textContent = "The upload broke off and nothing was stored. Send it again.";
    }));
    request.send(new FormData(form, submitter));
  }

  /* The page that a redirect led to was fetched here first: its messages would be lost. */
  function carry(answer) {
    const toasts = [...answer.querySelectorAll("#messages .a-toast")];
    const messages = toasts.map((toast) => [toast.querySelector("p").textContent, toast.dataset.tone]);
    try { sessionStorage.setItem("assay-carried", JSON.stringify(messages)); } catch { /* unseen, then */ }
  }

  try {
    const carried = JSON.parse(sessionStorage.getItem("assay-carried") || "[]");
    sessionStorage.removeItem("assay-carried");
    carried.forEach(([text, tone]) => window.assay?.say(text, tone));
  } catch { /* storage forbidden */ }

  /* A redirect leads on; anything else is this page again, with its errors. */
  function landed(form, request) {
    const type = request.getResponseHeader("Content-Type") || "";
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.status < 400 && request.responseURL && request.responseURL.split("#")[0] !== location.href.split("#")[0]) {
      carry(answer);
      location.assign(request.responseURL);
      return;
    }
    if (!type.startsWith("text/html")) { location.reload(); return; }
    const main = answer.querySelector("main");
    document.title = answer.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: document.querySelector("main") } }));
    window.htmx?.process(document.querySelector("main"));
    (document.querySelector("[data-focus]") || document.querySelector("main")).focus();
    window.scrollTo(0, 0);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.hasAttribute("data-sending")) { event.preventDefault(); return; }
    const drop = form.querySelector("[data-drop]");
    if (drop && !form.hasAttribute("hx-post") && drop.querySelector("input[type=file]").files.length) {
      event.preventDefault();
      form.setAttribute("data-sending", "");
      upload(form, drop, event.submitter);
      return;
    }
    if (!form.hasAttribute("hx-post")) form.setAttribute("data-sending", "");
    if (form.dataset.draft) sessionMark(form);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sending]").forEach((form) => form.removeAttribute("data-sending"));
  });

  /* Drafts: <form data-draft="name"> keeps its texts in this browser until it was sent and taken. */
  const key = (form) => `assay-draft:${location.pathname}:${form.dataset.draft}`;
  const kept = (form) => [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));

  function keep(form) {
    const values = kept(form).map((field) => [field.name, ["checkbox", "radio"].includes(field.type) ? field.checked : field.value]);
    try { localStorage.setItem(key(form), JSON.stringify(values)); } catch { /* full or forbidden: no draft */ }
  }

  function sessionMark(form) {
    try { sessionStorage.setItem("assay-sent", key(form)); } catch { /* the draft then stays */ }
  }

  function restore(form) {
    let values;
    try { values = JSON.parse(localStorage.getItem(key(form)) || "null"); } catch { return; }
    if (!values || form.querySelector("[aria-invalid]")) return;
    const fields = kept(form);
    let changed = false;
    values.forEach(([name, value], place) => {
      const field = fields[place];
      if (!field || field.name !== name) return;
      const part = typeof value === "boolean" ? "checked" : "value";
      if (field[part] !== value) { field[part] = value; changed = true; }
    });
    if (changed) window.assay?.say("What you had entered here before was brought back.", "info");
  }

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.draft) keep(form);
  });

  try {
    const sent = sessionStorage.getItem("assay-sent");
    sessionStorage.removeItem("assay-sent");
    /* Sent and led elsewhere is taken; an error, a sign-in or a password asked again is not. */
    const refused = document.querySelector(".a-error, .a-bare, .a-account, [data-focus]");
    if (sent && !refused && !sent.startsWith(`assay-draft:${location.pathname}:`)) localStorage.removeItem(sent);
  } catch { /* storage forbidden: nothing to clear */ }
  document.querySelectorAll("form[data-draft]").forEach(restore);

  /* Columns of choice: <table data-columns="name"> remembers which columns this reader hides. */
  function columns(table) {
    const store = `assay-columns:${table.dataset.columns}`;
    const heads = [...table.tHead.rows[0].cells];
    const place = table.closest("[data-list]")?.querySelector("[data-columns-here]");
    if (!place) return;
    let hidden;
    try { hidden = new Set(JSON.parse(localStorage.getItem(store) || "[]")); } catch { hidden = new Set(); }
    const apply = () => [...table.rows].forEach((row) => [...row.cells].forEach((cell, index) => {
      if (index && cell.colSpan === 1) cell.hidden = hidden.has(heads[index].textContent.trim());
    }));
    const box = document.createElement("details");
    const summary = document.createElement("summary");
    const list = document.createElement("div");
    box.className = "a-columns";
    summary.className = "btn btn-sm btn-quiet";
    summary.textContent = "Columns";
    heads.slice(1).forEach((head) => {
      const name = head.textContent.trim();
      const label = document.createElement("label");
      const tick = document.createElement("input");
      if (!name) return;
      tick.type = "checkbox";
      tick.className = "form-check-input";
      tick.checked = !hidden.has(name);
      tick.addEventListener("change", () => {
        if (tick.checked) hidden.delete(name); else hidden.add(name);
        try { localStorage.setItem(store, JSON.stringify([...hidden])); } catch { /* for this visit only */ }
        apply();
      });
      label.append(tick, name);
      list.append(label);
    });
    box.append(summary, list);
    place.replaceChildren(box);
    apply();
  }

  const dress = (part) => part.querySelectorAll("table[data-columns]").forEach(columns);
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (part.matches?.("table[data-columns]")) columns(part); else dress(part);
  });
  dress(document);
})();
