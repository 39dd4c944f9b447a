// Sun or night, kept in this browser alone.
"use strict";
(() => {
  const root = document.documentElement;
  const kept = localStorage.getItem("theme");
  if (kept === "night" || kept === "sun") root.dataset.theme = kept;
  window.changeTheme = () => {
    root.dataset.theme = root.dataset.theme === "night" ? "sun" : "night";
    localStorage.setItem("theme", root.dataset.theme);
  };
})();
