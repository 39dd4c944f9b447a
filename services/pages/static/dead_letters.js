// Dead letters: keys, choosing many, and others' changes as they come. What is being typed is never touched.
"use strict";
(function () {
  const table = document.getElementById("cases");
  const page = window.chotxanh;
  const said = document.getElementById("said");
  const number = document.getElementById("chosen-number");

  function byId(prefix, id) { return document.getElementById(prefix + id); }
  function rows() { return Array.from(table.querySelectorAll("tr.row")); }
  function boxes() { return Array.from(table.querySelectorAll("input[name=case]")); }

  function count() {
    if (number) number.textContent = boxes().filter(function (box) { return box.checked; }).length;
  }

  function part(address) {
    return fetch(address, { headers: { "HX-Request": "true", "Accept": "text/html" } }).then(function (answer) {
      return answer.ok ? answer.text() : null;
    });
  }

  function fragment(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  }

  function inUse(panel) {
    if (panel.contains(document.activeElement)) return true;
    return panel.querySelector("textarea") !== null || Array.from(panel.querySelectorAll("select")).some(function (field) {
      return field.value !== "";
    });
  }

  function putRow(id, html) {
    const old = byId("row-", id), row = html === null ? null : fragment(html).querySelector("tr.row");
    if (!old || !row || Number(row.dataset.revision) < Number(old.dataset.revision)) return;
    const box = old.querySelector("input[name=case]"), fresh = row.querySelector("input[name=case]");
    const focused = old === document.activeElement;
    if (box && fresh) fresh.checked = box.checked;
    row.classList.toggle("chosen", old.classList.contains("chosen"));
    old.replaceWith(row);
    window.htmx.process(row);
    if (focused) row.focus();
    count();
  }

  function putPanel(id, html) {
    const panel = byId("details-", id);
    panel.replaceChildren(fragment(html));
    window.htmx.process(panel);
    byId("changed-", id).textContent = "";
  }

  function open(id) {
    return part("/dead-letters/" + id).then(function (html) {
      if (html === null) return;
      putPanel(id, html);
      const field = byId("details-", id).querySelector("select, button");
      if (field) field.focus();
    });
  }

  let waiting = null;
  function refreshCounts() {
    clearTimeout(waiting);
    waiting = setTimeout(function () { window.htmx.ajax("GET", "/dead-letters/counts", { target: "#counts" }); }, 300);
  }

  function refreshPanel(change) {
    const panel = byId("details-", change.id);
    if (!panel.firstElementChild || Number(panel.firstElementChild.dataset.revision) >= change.revision) return;
    if (inUse(panel)) {
      byId("changed-", change.id).textContent = table.dataset.changed.replace("{by}", change.by);
      return;
    }
    part("/dead-letters/" + change.id).then(function (html) {
      if (html !== null && !inUse(panel)) putPanel(change.id, html);
    });
  }

  const live = new EventSource("/dead-letters/live?after=" + table.dataset.position);
  live.addEventListener("case", function (event) {
    const change = JSON.parse(event.data);
    refreshCounts();
    if (!byId("row-", change.id)) return;   // a new one shows in the counts, and moves nothing that is being read
    part("/dead-letters/rows/" + change.id).then(function (html) { putRow(change.id, html); });
    refreshPanel(change);
  });
  live.onerror = function () { said.textContent = table.dataset.away; };
  live.onopen = function () { said.textContent = ""; };

  document.addEventListener("htmx:afterRequest", function (event) {
    const target = event.detail.target;
    if (event.detail.requestConfig.verb !== "post" || !event.detail.successful) return;
    if (!target || !target.id.startsWith("details-")) return;
    const id = target.id.slice("details-".length);
    byId("problem-", id).textContent = "";
    byId("changed-", id).textContent = "";
    part("/dead-letters/rows/" + id).then(function (html) { putRow(id, html); });
  });

  table.addEventListener("change", count);
  table.addEventListener("click", function (event) {
    const row = event.target.closest("tr.row");
    if (row) rows().forEach(function (one) { one.classList.toggle("chosen", one === row); });
  });

  const keys = {
    j: function () { page.choose(rows(), 1); },
    k: function () { page.choose(rows(), -1); },
    x: function () {
      const row = page.chosen(), box = row && row.querySelector("input[name=case]");
      if (box) { box.checked = !box.checked; count(); }
    },
    Enter: function () { const row = page.chosen(); if (row) open(row.dataset.id); },
  };
  document.addEventListener("keydown", function (event) {
    if (page.isTyping(event) || !keys[event.key]) return;
    if (event.key === "Enter" && !event.target.classList.contains("row")) return;
    event.preventDefault();
    keys[event.key]();
  });
  count();
})();
