// What makes the pages quicker. Nothing here is needed: every page works without it.
// Nothing is kept in the browser's storage either, so that no record stays on a shared device.

import htmx from "htmx.org/dist/htmx.esm.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = "auto";
// A form with errors comes back as 422 and is shown; other errors leave the page as it is.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// Menus ---------------------------------------------------------------------

const openMenus = () => document.querySelectorAll("details.m-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  // The side navigation of a phone is open while the address ends in #nav.
  if (location.hash === "#nav" && !event.target.closest("#nav, a[href='#nav']")) {
    event.preventDefault();
    location.replace("#main");
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (location.hash === "#nav") location.replace("#main");
});

// The slash leads to the search, unless somebody is typing or means a shortcut of the browser.
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || busy) return;
  const box = [...document.querySelectorAll("[data-find]")].find((each) => each.checkVisibility?.() ?? each.offsetParent);
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// Forms ---------------------------------------------------------------------

let confirmed = null;

/** Asks once before a form with data-confirm is sent; returns true when it may go now. */
function askFirst(form, submitter) {
  const dialog = document.getElementById("m-ask");
  if (!form.dataset.confirm || !dialog || confirmed === form) {
    confirmed = null;
    return true;
  }
  dialog.querySelector("[data-question]").textContent = form.dataset.confirm;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = form.dataset.confirmYes || submitter?.textContent.trim() || yes.textContent;
  yes.onclick = () => {
    dialog.close();
    confirmed = form;
    form.requestSubmit(submitter ?? undefined);
  };
  dialog.querySelector("[data-no]").onclick = () => dialog.close();
  dialog.showModal();
  return false;
}

document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    if (form.getAttribute("method") === "dialog") return;
    if (!askFirst(form, submitter) || form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.getAttribute("method")?.toLowerCase() !== "post" || form.target || form.matches("[hx-post], [hx-put], [hx-delete]")) return;
    form.dataset.sent = "yes";
    // The browser has gathered the form by then, the pressed button's own value included.
    setTimeout(() => {
      if (submitter) submitter.disabled = submitter.dataset.pressed = true;
    });
    // An answer that is a file leaves the page standing, and it must work again.
    setTimeout(() => release(form), 8000);
  },
  true,
);

function release(form) {
  delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-pressed]")) {
    if (button.form !== form) continue;
    button.disabled = false;
    delete button.dataset.pressed;
  }
}

window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

// What only works with a script shows itself only now.
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".m-toast")?.remove();
  if (event.target.closest("[data-print]")) print();
});

// What was selected on a page goes along to "This word looks wrong". It travels behind the #, which no server and no
// log gets to see.

let selected = "";

document.addEventListener("selectionchange", () => {
  const text = String(getSelection()).replace(/\s+/g, " ").trim();
  // A click on the link takes the selection away before the link is followed.
  if (text) selected = text.slice(0, 300);
  else setTimeout(() => { if (!String(getSelection()).trim()) selected = ""; }, 700);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-wording]");
  if (link) link.hash = selected ? `words=${encodeURIComponent(selected)}` : "";
});

const words = document.querySelector("#report textarea[name='words']");
if (words && location.hash.startsWith("#words=")) {
  try {
    if (!words.value) words.value = decodeURIComponent(location.hash.slice(7));
  } catch {
    // Somebody made the address up.
  }
  history.replaceState(null, "", location.pathname + location.search);
  (words.value ? document.querySelector("#report textarea[name='suggestion']") : words).focus();
}
