// Keeps the page in step with the station, and sends what is pressed. All words come from the server.
"use strict";
(() => {
  const lane = document.querySelector("main");
  const said = document.getElementById("said");
  let crossing = null;
  let inHand = "";
  let sending = Promise.resolve();
  let outcome = document.querySelector("[data-outcome]")?.dataset.outcome || null;
  let recalled = new Set();
  let busy = false;
  let again = false;

  const say = (text) => { said.textContent = text || ""; if (text) window.sound("wrong"); };

  // One after the other, as they were pressed: what was entered for this vehicle may not come after its end.
  function post(action, form, pressed) {
    form.set("crossing", inHand);
    sending = sending.catch(() => false).then(() => send(action, form, pressed));
    return sending;
  }

  async function send(action, form, pressed) {
    form.set("csrf", lane.dataset.csrf);
    let answer;
    try {
      answer = await fetch(action, { method: "POST", body: form, headers: { accept: "application/json" } });
    } catch {
      return false;
    }
    if (answer.status === 401) { location.href = "/login"; return false; }
    const told = await answer.json().catch(() => ({}));
    say(answer.ok ? "" : [told.vi, told.en].filter(Boolean).join(" · "));
    if (told.code === "REASON_NEEDED") document.getElementById("reason").focus();
    else if (told.field) document.getElementById(told.field)?.focus();
    // What was pressed is done with: it must not keep its part from being shown anew.
    if (answer.ok && pressed?.closest("form.act")) pressed.blur();
    refresh();
    return answer.ok;
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch("/parts");
      if (answer.status === 401) { location.href = "/login"; return; }
      if (answer.ok) show(await answer.json());
    } catch { /* the station is restarting: the event source tells when it is back */ }
    busy = false;
    if (again) { again = false; refresh(); }
  }

  function show(state) {
    for (const [name, html] of Object.entries(state.parts)) {
      const part = document.getElementById("part-" + name);
      // What somebody is in is not taken from under them.
      if (part.dataset.html === html || (name !== "keys" && part.contains(document.activeElement))) continue;
      const key = part.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      part.innerHTML = html;
      part.dataset.html = html;
      if (key) part.querySelector(`[data-key="${key}"]`)?.focus();
    }
    tick();
    lane.dataset.seen = state.seen;
    fill(state);
    if (state.outcome !== outcome && state.outcome) window.sound(state.outcome);
    outcome = state.outcome;
    const now = new Set(state.recalled);
    if ([...now].some((id) => !recalled.has(id))) window.sound("hold");
    recalled = now;
  }

  function fill(state) {
    const isNew = state.crossing_id !== crossing;
    crossing = state.crossing_id;
    inHand = state.in_hand ? crossing : "";
    for (const name of ["plate", "vehicle_class", "cab", "cargo", "cargo_space", "seal_number", "trip_id", "ordered_change", "ordered_document", "direction", "purpose", "telephone", "destination_commune", "origin_unit"]) {
      const field = document.getElementById(name);
      if (!isNew && field === document.activeElement) continue;
      if (field === document.activeElement && field.value && !(name in state.fields)) continue;
      if (name in state.fields && !(field === document.activeElement && field.value)) field.value = state.fields[name];
      else if (!(name in state.fields) && field.tagName === "INPUT") field.value = "";
    }
    if (isNew) document.getElementById("reason").value = "";
  }

  function tick() {
    const clock = document.getElementById("clock");
    if (clock) clock.textContent = new Date().toLocaleTimeString("vi-VN", { hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
  }

  window.scanned = (text) => {
    const form = new FormData();
    form.set("text", text);
    post("/crossing/scan", form);
  };

  let typing = null;
  document.getElementById("fields").addEventListener("focusin", () => { typing = null; });
  document.getElementById("fields").addEventListener("input", (event) => { typing = event.target; });

  // Each field by itself, so that two people at one form do not undo each other's.
  document.getElementById("fields").addEventListener("change", (event) => {
    typing = null;
    // An order that is taken back takes its document, which the focus may reach before the answer does.
    if (event.target.id === "ordered_change" && !event.target.value) document.getElementById("ordered_document").value = "";
    const form = new FormData();
    form.set(event.target.name, event.target.value);
    post("/crossing/fields", form);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const action = event.submitter?.getAttribute("formaction") || form.getAttribute("action");
    if (action === "/logout") return;
    event.preventDefault();
    const sent = new FormData(form, event.submitter);
    if (form.id === "decide") sent.set("seen", lane.dataset.seen);
    post(action, sent, event.submitter).then((done) => { if (done && form.classList.contains("act")) form.reset(); });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "F8") { event.preventDefault(); window.changeTheme(); return; }
    const button = document.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    if (event.repeat) return;
    // What is being typed counts before the key that ends the crossing; what merely stands in the field does not.
    const typed = typing === document.activeElement ? typing : null;
    const press = () => document.querySelector(`[data-key="${event.key}"]`).click();
    if (!typed) { press(); return; }
    const form = new FormData();
    form.set(typed.name, typed.value);
    typed.blur();
    post("/crossing/fields", form).then(async (done) => {
      if (!done) return;
      const answer = await fetch("/parts");
      if (answer.ok) show(await answer.json());
      press();
    });
  });

  document.getElementById("theme").addEventListener("click", () => window.changeTheme());

  const picture = document.getElementById("picture");
  let turn = 0;
  const nextPicture = () => setTimeout(() => { turn += 1; picture.src = `/picture.jpg?n=${turn}`; }, document.hidden ? 3000 : 250);
  picture.addEventListener("load", nextPicture);
  picture.addEventListener("error", () => setTimeout(nextPicture, 2000));
  nextPicture();

  setInterval(tick, 1000);
  setInterval(refresh, 10000);
  tick();
  new EventSource("/events").addEventListener("message", refresh);
  refresh();
})();
