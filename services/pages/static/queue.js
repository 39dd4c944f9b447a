// The queue: keys, searching within the page, and others' changes as they come.
// What is being typed is never touched: a row is replaced, its open panel only while nobody works in it.
"use strict";
(function () {
  const table = document.getElementById("queue");
  const page = window.chotxanh;
  const search = document.getElementById("search");
  const said = document.getElementById("said");

  function byId(prefix, id) { return document.getElementById(prefix + id); }
  function rows() { return Array.from(table.querySelectorAll("tr.row:not(.filtered)")); }

  function markGroups() {
    let before = null;
    table.querySelectorAll("tr.row").forEach(function (row) {
      row.classList.toggle("group-next", before !== null && row.dataset.group !== before);
      before = row.dataset.group;
    });
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    table.querySelectorAll("tr.row").forEach(function (row) {
      const away = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      row.classList.toggle("filtered", away);
      byId("details-row-", row.dataset.id).classList.toggle("filtered", away);
    });
  }

  // Whether somebody works in the panel: the focus is in it, or something was chosen or opened.
  function inUse(panel) {
    if (panel.contains(document.activeElement)) return true;
    return Array.from(panel.querySelectorAll("select, input:not([type=hidden])")).some(function (field) {
      return field.value !== "" && !(field.tagName === "SELECT" && field.options.length === 1);
    }) || panel.querySelector(".person") !== null;
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

  function putRow(id, html) {
    const fresh = fragment(html), old = byId("row-", id);
    const row = fresh.querySelector("tr.row");
    if (!old) {
      table.tBodies[0].append(fresh);
      window.htmx.process(table.tBodies[0]);
    } else {
      const focused = old === document.activeElement;
      row.classList.toggle("chosen", old.classList.contains("chosen"));
      old.replaceWith(row);
      window.htmx.process(row);
      if (focused) row.focus();
    }
    markGroups();
    filter();
  }

  function refresh(change) {
    part("/queue/rows/" + change.id).then(function (html) {
      if (html === null) return;
      putRow(change.id, html);
      refreshPanel(change);
    });
  }

  function refreshPanel(change) {
    const panel = byId("details-", change.id);
    if (!isOlder(panel, change.revision)) return;
    part("/queue/" + change.id).then(function (html) {
      // Asked again: somebody may have begun to type while the answer was on its way.
      if (html === null || !isOlder(panel, change.revision)) return;
      if (inUse(panel)) byId("changed-", change.id).textContent = table.dataset.changed.replace("{by}", change.by);
      else putPanel(change.id, html);
    });
  }

  function isOlder(panel, revision) {
    return panel.firstElementChild !== null && Number(panel.firstElementChild.dataset.revision) < revision;
  }

  function putPanel(id, html) {
    const panel = byId("details-", id);
    byId("changed-", id).textContent = "";
    panel.replaceChildren(fragment(html));
    window.htmx.process(panel);
  }

  function open(id) {
    return part("/queue/" + id).then(function (html) { if (html !== null) putPanel(id, html); });
  }

  let waiting = null;
  function refreshCounts() {
    clearTimeout(waiting);
    waiting = setTimeout(function () { window.htmx.ajax("GET", "/queue/counts", { target: "#counts" }); }, 300);
  }

  const live = new EventSource("/queue/live?after=" + table.dataset.position);
  live.addEventListener("episode", function (event) {
    refresh(JSON.parse(event.data));
    refreshCounts();
  });
  live.addEventListener("recall", function (event) {
    const id = JSON.parse(event.data).id, old = byId("recall-", id);
    if (old && inUse(old)) return;
    part("/queue/recalls/" + id).then(function (html) {
      if (html === null) return;
      const card = fragment(html).querySelector("li");
      if (old) old.replaceWith(card); else document.getElementById("recall-list").prepend(card);
      window.htmx.process(card);
    });
  });
  live.onerror = function () { said.textContent = table.dataset.away; };
  live.onopen = function () { said.textContent = ""; };

  // After a step of ours the row says so at once; the live feed would say it a moment later.
  document.addEventListener("htmx:afterRequest", function (event) {
    const target = event.detail.target;
    if (event.detail.requestConfig.verb !== "post" || !event.detail.successful) return;
    if (!target || !target.id.startsWith("details-")) return;
    const id = target.id.slice("details-".length);
    byId("problem-", id).textContent = "";
    byId("changed-", id).textContent = "";
    part("/queue/rows/" + id).then(function (html) { if (html !== null) putRow(id, html); });
  });

  table.addEventListener("click", function (event) {
    const row = event.target.closest("tr.row");
    if (!row) return;
    rows().forEach(function (one) { one.classList.toggle("chosen", one === row); });
  });

  const keys = {
    j: function () { page.choose(rows(), 1); },
    k: function () { page.choose(rows(), -1); },
    c: function () { const row = page.chosen(), button = row && row.querySelector("button.claim"); if (button) button.click(); },
    p: function () {
      const row = page.chosen();
      if (row) open(row.dataset.id).then(function () {
        const place = byId("details-", row.dataset.id).querySelector("select.place");
        if (place) place.focus();
      });
    },
    Enter: function () { const row = page.chosen(); if (row) open(row.dataset.id); },
    "/": function () { search.focus(); },
  };
  document.addEventListener("keydown", function (event) {
    if (page.isTyping(event) || !keys[event.key]) return;
    if (event.key === "Enter" && !event.target.classList.contains("row")) return;
    event.preventDefault();
    keys[event.key]();
  });
  search.addEventListener("input", filter);
  markGroups();
})();
