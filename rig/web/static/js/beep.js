// The start signal where no timer beeps, and when it sounded.
import { micros } from "./link.js";

const LEAD_S = 0.03; // so that it begins on the audio clock, not when a script gets its turn
const LASTS_S = 0.25;
const AWAKE_MS = 500;
const LOOK_MS = 20;
const LOOKS = 9;
const MOST_LOOKS = 150; // counted, not timed: a page that stalls in between can still tell
let audio = null;

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Browsers let a page sound only after somebody has touched it. */
export function wake() {
  audio ??= new AudioContext({ latencyHint: "interactive" });
  if (audio.state === "suspended") audio.resume().catch(() => {});
}

async function awake() {
  wake();
  for (const end = performance.now() + AWAKE_MS; audio.state !== "running" && performance.now() < end;) await pause(LOOK_MS);
  return audio.state === "running";
}

function tone(begins) {
  const source = audio.createOscillator();
  const loudness = audio.createGain();
  source.frequency.value = 880;
  loudness.gain.setValueAtTime(0.6, begins);
  loudness.gain.setValueAtTime(0, begins + LASTS_S);
  source.connect(loudness).connect(audio.destination);
  source.start(begins);
  source.stop(begins + LASTS_S);
}

/** Beep; when it sounded by this page's clock, in microseconds, or null where the browser cannot say that it did. */
export async function beep() {
  if (!(await awake())) return null;
  const begins = audio.currentTime + LEAD_S;
  tone(begins);
  const looks = [];
  while (looks.length < LOOKS || looks.at(-1).left_s > 0) {
    if (looks.length === MOST_LOOKS) return null;
    await pause(LOOK_MS);
    looks.push(look(begins));
  }
  return told(looks);
}

/** What the output says now: how long until `begins`, when that is, and how far it is behind the audio clock. */
function look(begins) {
  const { contextTime, performanceTime } = audio.getOutputTimestamp();
  const left_s = begins - contextTime;
  const behind_s = audio.currentTime - contextTime - (performance.now() - performanceTime) / 1000;
  return { left_s, at_ms: performanceTime + 1000 * left_s, behind_s };
}

function told(looks) {
  const at = looks.map(({ at_ms }) => at_ms).sort((one, other) => one - other);
  return {
    sound_us: micros(at[at.length >> 1]), spread_us: micros(at.at(-1) - at[0]),
    behind_us: micros(1000 * Math.max(...looks.map(({ behind_s }) => behind_s))),
    latency_us: audio.outputLatency > 0 ? micros(1000 * audio.outputLatency) : null,
  };
}
