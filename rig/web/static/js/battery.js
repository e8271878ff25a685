// What the page knows of the battery: which texts and which clock go with a step.
export const STANCES = ["side_by_side", "semi_tandem", "tandem"];
export const WALKS = ["walk_4m", "walk_6m"];
export const TESTS = [...STANCES, ...WALKS, "chair_single", "chair", "tug"];

export function family(step) {
  if (STANCES.includes(step)) return "stance";
  if (WALKS.includes(step)) return "walk";
  return step === "chair_single" ? "chair" : step;
}

/** Where the page is: `before`, or the phase of the running trial. */
export const phase = (frame) => frame.trial?.phase ?? "before";

/** Text ids for a step and phase, the most particular first. */
export function wordings(kind, frame) {
  const { step } = frame;
  const now = phase(frame);
  if (now === "tail") return [`${kind}.tail`];
  if (now === "before") return [`${kind}.${step}`, `${kind}.${family(step)}`];
  return [`${kind}.${step}.${now}`, `${kind}.${family(step)}.${now}`, `${kind}.${step}`, `${kind}.${family(step)}`];
}

export function wanted(step, frame) {
  if (step === "walk_4m") return frame.participant.rules === "nia" ? 2 : 3;
  return step === "walk_6m" ? 2 : 1;
}

/** Full stands that the sensors have seen in the running trial. */
export function stands(live, trial) {
  const running = live?.running;
  if (!running || running.trial !== trial.id) return 0;
  return running.events.filter((event) => event.name === "standing").length;
}
