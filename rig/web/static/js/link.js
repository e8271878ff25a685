// The line to the rig: its events, and presses to it.
export const browser = sessionStorage.getItem("browser") ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
sessionStorage.setItem("browser", browser);
const HEADERS = { "content-type": "application/json", "x-browser": browser };
const MOST_AHEAD_MS = 200;
const COMPARE_MS = 1000;
const EAGER = 10; // frames answered at once, so that the clock is known before anything is pressed

let heardMs = 0;
let heardAt = 0;
let comparedAt = -Infinity;
let compared = 0;

/** The rig's clock in milliseconds: that of the latest frame, carried on for a moment. */
export function now() {
  return heardMs + Math.min(performance.now() - heardAt, MOST_AHEAD_MS);
}

const AGAIN_MS = 2000;

/** Hear the rig. Where the browser gives up, ask again; `strange`: the rig is there and does not know this page. */
export function listen(told) {
  const { state, live, open, lost, strange } = told;
  const events = new EventSource(`/events?browser=${browser}`);
  events.onopen = () => { compared = 0; open(); };
  events.onerror = async () => {
    lost();
    if (events.readyState !== EventSource.CLOSED) return;
    const answer = await fetch("/state").catch(() => null);
    if (answer?.status === 401) strange();
    else setTimeout(() => listen(told), AGAIN_MS);
  };
  events.addEventListener("state", (event) => state(JSON.parse(event.data)));
  events.addEventListener("live", (event) => {
    const at = performance.now();
    const frame = JSON.parse(event.data);
    frame.now_ms = frame.now_us / 1000;
    [heardMs, heardAt] = [frame.now_ms, at];
    compareClocks(frame.now_us, at);
    live(frame);
  });
}

export const micros = (ms) => Math.round(1000 * ms);

/** Tell the rig, now and then, when a frame of its was heard: so it learns this page's clock. */
function compareClocks(told_us, at) {
  if (compared >= EAGER && at - comparedAt < COMPARE_MS) return;
  [comparedAt, compared] = [at, compared + 1];
  post("/clock", { told_us, heard_us: micros(at), sent_us: micros(performance.now()) });
}

/** Answer of the rig: `{ok, status, ...}`; a line that is down is an answer, too. */
export async function post(path, content) {
  try {
    const answer = await fetch(path, { method: "POST", headers: HEADERS, body: JSON.stringify(content) });
    return { ok: answer.ok, status: answer.status, ...(await answer.json()) };
  } catch (error) {
    return { ok: false, status: 0, error: String(error) };
  }
}

export async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.json();
}
