// The police desk: what is new waits behind a button, so that nothing moves under the eyes; high alerts sound.
"use strict";
(function () {
  const list = document.getElementById("alerts");
  const page = window.chotxanh;
  const showNew = document.getElementById("show-new");
  const soundButton = document.getElementById("sound");
  const said = document.getElementById("said");
  const waiting = new Map();   // alerts that are not on the page yet: id to whether they must sound

  function card(id) { return document.getElementById("alert-" + id); }
  function cards() { return Array.from(list.querySelectorAll(".alert")); }

  function part(id) {
    return fetch("/alerts/" + id, { headers: { "HX-Request": "true", "Accept": "text/html" } }).then(function (answer) {
      return answer.ok ? answer.text() : null;
    });
  }

  function fresh(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.querySelector("li");
  }

  // Somebody is writing what came of it, or has chosen something: the card changes only once that is done.
  function inUse(one) {
    if (one.contains(document.activeElement) && page.isTyping({ target: document.activeElement })) return true;
    return Array.from(one.querySelectorAll("input:not([type=hidden]), textarea, select")).some(function (control) {
      if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
      return control.selectedIndex > 0 && !control.options[control.selectedIndex].defaultSelected;
    });
  }

  function replace(id) {
    part(id).then(function (html) {
      const old = card(id);
      if (html === null || !old) return;
      const now = fresh(html);
      if (Number(now.dataset.version) < Number(old.dataset.version) || inUse(old)) return;
      now.classList.toggle("chosen", old.classList.contains("chosen"));
      old.replaceWith(now);
      window.htmx.process(now);
      ring();
    });
  }

  function showWaiting() {
    const ids = Array.from(waiting.keys());
    waiting.clear();
    announce();
    ids.forEach(function (id) {
      part(id).then(function (html) {
        if (html === null || card(id)) return;
        const now = fresh(html);
        list.prepend(now);
        window.htmx.process(now);
        ring();
      });
    });
  }

  function announce() {
    showNew.hidden = waiting.size === 0;
    document.getElementById("new-number").textContent = waiting.size;
    ring();
  }

  const live = new EventSource("/v1/alerts/feed?after=" + list.dataset.position);
  ["new", "update", "end", "acknowledged", "disposed", "escalated"].forEach(function (kind) {
    live.addEventListener(kind, function (event) {
      const alert = JSON.parse(event.data);
      if (card(alert.alert_id)) { replace(alert.alert_id); return; }
      if (alert.state === "new") waiting.set(alert.alert_id, alert.severity === "high");
      else if (waiting.has(alert.alert_id)) waiting.set(alert.alert_id, false);
      announce();
    });
  });
  live.onerror = function () { said.textContent = list.dataset.away; };
  live.onopen = function () { said.textContent = ""; };
  showNew.addEventListener("click", showWaiting);

  // Sound: two short tones until somebody acknowledges. Browsers want a touch or key before the first one.
  let audio = null, timer = null;
  function mustSound() {
    return Array.from(waiting.values()).some(Boolean) ||
      list.querySelector('.alert[data-severity="high"][data-state="new"]') !== null;
  }
  function tone() {
    if (!audio || audio.state !== "running") return;
    [0, 0.25].forEach(function (after) {
      const source = audio.createOscillator(), loud = audio.createGain();
      source.frequency.value = 880;
      loud.gain.value = 0.2;
      source.connect(loud).connect(audio.destination);
      source.start(audio.currentTime + after);
      source.stop(audio.currentTime + after + 0.15);
    });
  }
  function ring() {
    const sounding = mustSound();
    list.dataset.sounding = sounding;
    if (sounding && !timer) { tone(); timer = setInterval(tone, 2000); }
    if (!sounding && timer) { clearInterval(timer); timer = null; }
    soundButton.hidden = !sounding || (audio !== null && audio.state === "running");
  }
  function wake() {
    if (!window.AudioContext) return;
    audio = audio || new AudioContext();
    audio.resume().then(ring, function () { /* stays silent until the next touch */ });
  }
  soundButton.addEventListener("click", wake);
  document.addEventListener("pointerdown", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });

  const keys = {
    j: function () { page.choose(cards(), 1); },
    k: function () { page.choose(cards(), -1); },
    n: showWaiting,
    a: function () { const one = page.chosen(), button = one && one.querySelector("button.acknowledge"); if (button) button.click(); },
  };
  function disposal(one) {
    const panel = one && one.querySelector("details.dispose");
    if (panel) panel.open = true;
    return panel;
  }
  keys.d = function () {
    const panel = disposal(page.chosen());
    if (panel) panel.querySelector("input:not([type=hidden])").focus();
  };
  document.addEventListener("keydown", function (event) {
    if (page.isTyping(event)) return;
    const digit = /^[1-9]$/.test(event.key) ? page.chosen() && page.chosen().querySelector('button[data-key="' + event.key + '"]') : null;
    if (digit) { disposal(page.chosen()); event.preventDefault(); digit.click(); return; }
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  // The card that was just acted on stays the chosen one.
  let acted = null;
  document.addEventListener("htmx:beforeSwap", function (event) {
    acted = event.detail.target && event.detail.target.classList.contains("chosen") ? event.detail.target.id : null;
  });
  document.addEventListener("htmx:afterSettle", function () {
    const one = acted && document.getElementById(acted);
    if (one && !page.chosen()) { one.classList.add("chosen"); one.focus(); }
    ring();
  });
  ring();
})();
