// A meeting's page: items are dragged into order, and notes are kept while one writes. Without a script the buttons
// beside each item and the save button do the same.

// Order -----------------------------------------------------------------------

for (const form of document.querySelectorAll("form[data-order-form]")) {
  const list = form.querySelector("[data-order]");
  let dragged = null;
  const mark = (over) => {
    for (const item of list.children) item.classList.toggle("m-dropped", item === over);
  };
  for (const item of list.querySelectorAll("[data-item]")) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.classList.add("m-dragged");
      event.dataTransfer.effectAllowed = "move";
    });
    item.addEventListener("dragend", () => {
      item.classList.remove("m-dragged");
      mark(null);
      dragged = null;
    });
  }
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    mark(event.target.closest("[data-order] > li"));
  });
  list.addEventListener("drop", (event) => {
    const over = event.target.closest("[data-order] > li");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    // Dropped on a heading it becomes the first of that section.
    if (over.dataset.section !== undefined) over.after(dragged);
    else over.before(dragged);
    let section = "";
    for (const item of list.children) {
      if (item.dataset.section !== undefined) section = item.dataset.section;
      const told = item.querySelector("input[name='section']");
      if (told && section) told.value = section;
    }
    form.requestSubmit();
  });
}

// Notes -----------------------------------------------------------------------

const EVERY = 8000;

/** Where a press leads in this page's own window; null for whatever leaves the page standing. */
function leadsTo(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return null;
  if (event.button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return null;
  return link.pathname + link.search === location.pathname + location.search && link.hash ? null : link.href;
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const text = form.querySelector("textarea[name='text']");
  const version = form.querySelector("input[name='version']");
  const told = document.querySelector("[data-kept]");
  // Approved minutes are corrected with a reason, and what two people wrote is put together, by hand.
  const byHand = form.querySelector("[name='reason'], .m-theirs") !== null;
  // What a page brings back because it was not saved is no more saved than what one types.
  let saved = form.hasAttribute("data-unsaved") ? null : text.value;
  let waiting = null;
  let running = null;
  let answered = false;

  const unsaved = () => text.value !== saved;
  const later = (after) => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, after);
  };

  function keep() {
    if (byHand || answered || !unsaved()) return Promise.resolve();
    running ??= send().finally(() => {
      running = null;
      if (!answered && unsaved()) later(EVERY);
    });
    return running;
  }

  async function send() {
    const sent = text.value;
    let answer = null;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "maillage" },
      });
      if (answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) {
        const found = await answer.json();
        version.value = found.version;
        saved = sent;
        if (told) told.textContent = found.told;
        return;
      }
    } catch {
      // The connection is gone. What was typed stays in the page, and is sent when it is back.
    }
    if (answer?.status === 409 || answer?.status === 422) {
      // Somebody else has written meanwhile, or it is too long: the page that says so is the answer to the form itself.
      answered = true;
      form.requestSubmit();
    } else if (told) told.textContent = told.dataset.kept;
  }

  /** Saves what is typed, then does ``next``, unless the page that shows two versions is on its way. */
  async function keepThen(next) {
    await keep();
    await keep();
    if (!answered) next();
  }

  text.addEventListener("input", () => later(EVERY));
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  window.addEventListener("beforeunload", (event) => {
    if (unsaved() && !form.dataset.sent) event.preventDefault();
  });

  // Another button or link of the page waits until the words are kept. On the window, so before all else that listens.
  const passed = new WeakSet();
  window.addEventListener(
    "submit",
    (event) => {
      const { target, submitter } = event;
      if (target === form || byHand || !unsaved() || passed.has(target)) return;
      if (target.getAttribute("method") === "dialog") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      passed.add(target);
      keepThen(() => target.requestSubmit(submitter ?? undefined));
    },
    true,
  );
  window.addEventListener(
    "click",
    (event) => {
      const href = byHand || !unsaved() ? null : leadsTo(event);
      if (!href) return;
      event.preventDefault();
      keepThen(() => location.assign(href));
    },
    true,
  );

  // An action in one keystroke, in the middle of a sentence. By the letter or its place: layouts differ in both.
  const act = form.querySelector("a[aria-keyshortcuts]");
  if (!act) continue;
  act.querySelector("kbd").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.code !== "KeyA" && event.key.toLowerCase() !== "a") return;
    event.preventDefault();
    keepThen(() => location.assign(act.href));
  });
}
