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

for (const form of document.querySelectorAll("form[data-keep]")) {
  const text = form.querySelector("textarea[name='text']");
  const version = form.querySelector("input[name='version']");
  const told = document.querySelector("[data-kept]");
  let saved = text.value;
  let waiting = null;
  let busy = false;

  const later = (after) => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, after);
  };

  async function keep() {
    // Approved minutes are corrected by hand, with a reason.
    if (busy || text.value === saved || form.querySelector("[name='reason']")) return;
    busy = true;
    const sent = text.value;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "maillage" },
      });
      if (answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) {
        const found = await answer.json();
        version.value = found.version;
        saved = sent;
        if (told) told.textContent = found.told;
      } else if (answer.status === 409) {
        // Somebody else has written meanwhile: the page that shows both is the answer to the form itself.
        text.removeEventListener("input", typed);
        form.requestSubmit();
        return;
      }
    } catch {
      // The connection is gone. What was typed stays in the page, and is sent when it is back.
    } finally {
      busy = false;
    }
    if (text.value !== saved) later(EVERY);
  }

  const typed = () => later(EVERY);
  text.addEventListener("input", typed);
  window.addEventListener("online", () => later(0));
  window.addEventListener("beforeunload", (event) => {
    if (text.value !== saved && !form.dataset.sent) event.preventDefault();
  });
}
