// One sound an outcome: turn back falls, hold beats. Never the only sign.
"use strict";
(() => {
  const TUNES = {
    let_through: [[880, 0.12]],
    check_more: [[660, 0.1], [0, 0.06], [660, 0.1]],
    refer: [[520, 0.15], [780, 0.15], [520, 0.15]],
    turn_back: [[700, 0.18], [520, 0.18], [350, 0.3]],
    hold: [[300, 0.3], [0, 0.1], [300, 0.3], [0, 0.1], [300, 0.5]],
    could_not_check: [[440, 0.08], [0, 0.05], [415, 0.2]],
    wrong: [[180, 0.3]],
  };
  let audio = null;
  window.sound = (name) => {
    const tune = TUNES[name];
    if (!tune) return;
    audio = audio || new AudioContext();
    let at = audio.currentTime;
    for (const [pitch, length] of tune) {
      if (pitch) {
        const tone = audio.createOscillator();
        const loud = audio.createGain();
        tone.type = name === "hold" ? "square" : "sine";
        tone.frequency.value = pitch;
        loud.gain.value = 0.2;
        tone.connect(loud).connect(audio.destination);
        tone.start(at);
        tone.stop(at + length);
      }
      at += length;
    }
  };
})();
