// The line to the rig: its events, and presses to it.
export const browser = sessionStorage.getItem("browser") ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
sessionStorage.setItem("browser", browser);
const HEADERS = { "content-type": "application/json", "x-browser": browser };
const MOST_AHEAD_MS = 200;

let heardMs = 0;
let heardAt = 0;

/** The rig's clock in milliseconds: that of the latest frame, carried on for a moment. */
export function now() {
  return heardMs + Math.min(performance.now() - heardAt, MOST_AHEAD_MS);
}

export function listen({ state, live, open, lost }) {
  const events = new EventSource(`/events?browser=${browser}`);
  events.onopen = open;
  events.onerror = lost;
  events.addEventListener("state", (event) => state(JSON.parse(event.data)));
  events.addEventListener("live", (event) => {
    const frame = JSON.parse(event.data);
    [heardMs, heardAt] = [frame.now_ms, performance.now()];
    live(frame);
  });
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
