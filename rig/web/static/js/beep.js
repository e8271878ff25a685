// The start signal where no timer beeps.
let audio = null;

/** Browsers let a page sound only after somebody has touched it. */
export function wake() {
  audio ??= new AudioContext({ latencyHint: "interactive" });
  if (audio.state === "suspended") audio.resume();
}

export function beep() {
  if (audio === null) return;
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.frequency.value = 880;
  loudness.gain.setValueAtTime(0.6, audio.currentTime);
  loudness.gain.setValueAtTime(0, audio.currentTime + 0.25);
  tone.connect(loudness).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.3);
}
