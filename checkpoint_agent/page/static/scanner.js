// A hand scanner types faster than people do and ends with Enter. It works whatever has the focus:
// what it typed into a field is taken out again.
"use strict";
(() => {
  const FAST_MS = 45;
  const SHORTEST = 8;
  let burst = null;

  const isField = (element) => element && ["INPUT", "TEXTAREA"].includes(element.tagName) && element.type !== "checkbox";

  document.addEventListener("keydown", (event) => {
    // When the key was struck, not when we came to it: a busy tablet hands a whole scan over late, in one go.
    const at = event.timeStamp;
    if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Shift") return;
    if (burst && at - burst.last > FAST_MS) burst = null;
    if (event.key === "Enter" && burst && burst.text.length >= SHORTEST) {
      event.preventDefault();
      event.stopPropagation();
      if (isField(burst.field)) burst.field.value = burst.before;
      const text = burst.text;
      burst = null;
      window.scanned(text);
      return;
    }
    if (event.key.length !== 1) {
      burst = null;
      return;
    }
    const field = document.activeElement;
    burst = burst || { text: "", field, before: isField(field) ? field.value : "" };
    burst.text += event.key;
    burst.last = at;
    // A letter would jump within a list, a blank would press a button.
    if (!isField(field)) event.preventDefault();
  }, true);
})();
