// Every page: the theme, by button or key, before anything is painted; and what pages share.
"use strict";
(function () {
  const root = document.documentElement;
  try { root.dataset.theme = localStorage.getItem("theme") || "sun"; } catch (e) { /* no storage: sun */ }
  function turn() {
    root.dataset.theme = root.dataset.theme === "sun" ? "night" : "sun";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* lasts for this page */ }
  }
  const shared = window.chotxanh = {
    // A key pressed while something is typed belongs to what is typed.
    isTyping: function (event) {
      return event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    },
    // Choose the next or previous of some elements.
    choose: function (all, step) {
      const now = all.findIndex(function (one) { return one.classList.contains("chosen"); });
      const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
      if (!next) return;
      all.forEach(function (one) { one.classList.toggle("chosen", one === next); });
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    },
    chosen: function () { return document.querySelector(".chosen"); },
  };
  document.addEventListener("DOMContentLoaded", function () {
    document.getElementById("theme").addEventListener("click", turn);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "t" && !shared.isTyping(event)) turn();
  });
})();
